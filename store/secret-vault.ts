/** The vault of sealed secrets, over SQLite. */
import { fail } from '../domain/errors.js';
import { keyIdOf, seal, unseal } from './seal.js';
import type { SecretVault } from './store.js';
import type { StoreDatabase, StoreTransaction } from './tables.js';

/** @param key 32 bytes, from configuration; never kept in the database. */
export function secretVault(db: StoreDatabase, key: Buffer, now: () => Date): SecretVault {
  const keyId = keyIdOf(key);

  const sealed = (clusterUid: string, name: string, value: string) => ({
    clusterUid,
    name,
    keyId,
    sealed: seal(key, [clusterUid, name], value),
    updatedAt: now().toISOString(),
  });

  const put = async (
    into: StoreDatabase | StoreTransaction,
    clusterUid: string,
    name: string,
    value: string,
  ): Promise<void> => {
    const row = sealed(clusterUid, name, value);
    await into
      .insertInto('secrets')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['clusterUid', 'name'])
          .doUpdateSet({ keyId: row.keyId, sealed: row.sealed, updatedAt: row.updatedAt }),
      )
      .execute();
  };

  const read = async (
    from: StoreDatabase | StoreTransaction,
    clusterUid: string,
    name: string,
  ): Promise<string | undefined> => {
    const row = await from
      .selectFrom('secrets')
      .select(['keyId', 'sealed'])
      .where('clusterUid', '=', clusterUid)
      .where('name', '=', name)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const value = row.keyId === keyId ? unseal(key, [clusterUid, name], row.sealed) : undefined;
    if (value !== undefined) return value;
    const reason =
      row.keyId === keyId
        ? 'it was altered after it was sealed'
        : `it was sealed with the key ${row.keyId}, and ${keyId} is configured`;
    throw fail('SECRET_UNREADABLE', `secret "${name}" of cluster ${clusterUid}: ${reason}`);
  };

  return {
    create: (clusterUid, name, value) =>
      db.transaction().execute(async (transaction) => {
        const first = await read(transaction, clusterUid, name);
        if (first !== undefined) return first;
        await transaction
          .insertInto('secrets')
          .values(sealed(clusterUid, name, value))
          .execute();
        return value;
      }),

    put: (clusterUid, name, value) => put(db, clusterUid, name, value),

    replace: (clusterUid, values) =>
      db.transaction().execute(async (transaction) => {
        for (const [name, value] of Object.entries(values)) {
          if (value !== null) await put(transaction, clusterUid, name, value);
          else {
            const row = transaction.deleteFrom('secrets').where('clusterUid', '=', clusterUid);
            await row.where('name', '=', name).execute();
          }
        }
      }),

    get: (clusterUid, name) => read(db, clusterUid, name),

    removeCluster: async (clusterUid) => {
      await db.deleteFrom('secrets').where('clusterUid', '=', clusterUid).execute();
    },

    names: async (clusterUid) => {
      const rows = await db
        .selectFrom('secrets')
        .select('name')
        .where('clusterUid', '=', clusterUid)
        .orderBy('name')
        .execute();
      return rows.map(({ name }) => name);
    },
  };
}
