/** What machines are armed to fetch at their first boot, and their one-time tokens, over SQLite. */
import { timingSafeEqual } from 'node:crypto';
import { fail } from '../domain/errors.js';
import type { BootDocuments, NetworkBoot } from '../domain/boot/documents.js';
import {
  BOOT_PURPOSES,
  BOOT_WINDOW_SECONDS,
  type ArmedBoot,
  type BootAnswer,
  type BootArming,
  type BootPurpose,
  type BootTokens,
} from './boot-port.js';
import { keyIdOf, seal, unseal } from './seal.js';
import type { BootArmingRow, BootTokenRow, StoreDatabase, StoreTransaction } from './tables.js';
import { newNonce, tokenDeriver, tokenHash } from './token-derivation.js';

/** @param key 32 bytes, from configuration; never kept in the database. */
export function bootTokens(db: StoreDatabase, key: Buffer, now: () => Date): BootTokens {
  const keyId = keyIdOf(key);
  const derive = tokenDeriver(key);
  const sealContext = (machineUuid: string): string[] => ['boot', machineUuid];
  const tokenOf = (machineUuid: string, nonce: string, purpose: BootPurpose): string =>
    derive([machineUuid, nonce, purpose]);

  const isOver = ({ firstUsedAt }: BootTokenRow): boolean =>
    firstUsedAt !== null && now().getTime() - Date.parse(firstUsedAt) > BOOT_WINDOW_SECONDS * 1_000;

  const documentsOf = (row: BootArmingRow): BootDocuments | undefined => {
    const text = row.keyId === keyId ? unseal(key, sealContext(row.machineUuid), row.sealed) : undefined;
    return text === undefined ? undefined : (JSON.parse(text) as BootDocuments);
  };

  const armedBoot = (row: BootArmingRow, tokens: readonly BootTokenRow[]): ArmedBoot => {
    const documents = documentsOf(row);
    if (documents === undefined) {
      throw fail(
        'SECRET_UNREADABLE',
        `the boot documents of ${row.machine} (${row.machineUuid}) were sealed with another key than ${keyId}, or altered`,
      );
    }
    const { machineUuid, clusterUid, cluster, machine, mac, boots, nonce } = row;
    return {
      ...{ machineUuid, clusterUid, cluster, machine, mac, boots, documents },
      network: networkOf(row),
      tokens: {
        files: tokenOf(machineUuid, nonce, 'files'),
        documents: tokenOf(machineUuid, nonce, 'documents'),
      },
      // A firmware that asks anew is given new ones.
      isAlive: row.network !== null || tokens.every((token) => !isOver(token)),
    };
  };

  /** New tokens for the arming; those before are forgotten. */
  const mint = async (transaction: StoreTransaction, row: BootArmingRow): Promise<BootTokenRow[]> => {
    await transaction.deleteFrom('bootTokens').where('machineUuid', '=', row.machineUuid).execute();
    const address = networkOf(row)?.address ?? null;
    const rows = BOOT_PURPOSES.map((purpose) => ({
      hash: tokenHash(tokenOf(row.machineUuid, row.nonce, purpose)),
      machineUuid: row.machineUuid,
      purpose,
      boundAddress: address,
      firstUsedAt: null,
    }));
    await transaction.insertInto('bootTokens').values(rows).execute();
    return rows;
  };

  return {
    arm: (arming) =>
      db.transaction().execute(async (transaction) => {
        const before = await armingOf(transaction, arming.machineUuid);
        if (before !== undefined) {
          const tokens = await tokensOf(transaction, arming.machineUuid);
          if (isSame(before, documentsOf(before), arming)) {
            const same = armedBoot(before, tokens);
            if (same.isAlive) return same;
          }
        }
        await refuseTakenMac(transaction, arming);
        const { machineUuid, clusterUid, cluster, machine, mac } = arming;
        const row: BootArmingRow = {
          ...{ machineUuid, clusterUid, cluster, machine, mac, keyId },
          network: arming.network === null ? null : JSON.stringify(arming.network),
          sealed: seal(key, sealContext(machineUuid), JSON.stringify(arming.documents)),
          nonce: newNonce(),
          boots: 0,
          armedAt: now().toISOString(),
        };
        await transaction.deleteFrom('bootArmings').where('machineUuid', '=', machineUuid).execute();
        await transaction.insertInto('bootArmings').values(row).execute();
        return armedBoot(row, await mint(transaction, row));
      }),

    get: async (machineUuid) => {
      const row = await armingOf(db, machineUuid);
      return row === undefined ? undefined : armedBoot(row, await tokensOf(db, machineUuid));
    },

    disarm: async (machineUuid) => {
      await db.deleteFrom('bootArmings').where('machineUuid', '=', machineUuid).execute();
    },

    disarmCluster: async (clusterUid) => {
      await db.deleteFrom('bootArmings').where('clusterUid', '=', clusterUid).execute();
    },

    begin: (mac, from) =>
      db.transaction().execute(async (transaction): Promise<BootAnswer> => {
        const row = await transaction
          .selectFrom('bootArmings')
          .selectAll()
          .where('mac', '=', mac)
          .where('network', 'is not', null)
          .executeTakeFirst();
        if (row === undefined) return { kind: 'refused', reason: 'unknown', machine: null };
        if (networkOf(row)?.address !== from)
          return { kind: 'refused', reason: 'address', machine: row.machine };
        const tokens = await tokensOf(transaction, row.machineUuid);
        const isRepeated = row.boots > 0 && tokens.length > 0 && !tokens.some(isOver);
        if (isRepeated) return { kind: 'granted', boot: armedBoot(row, tokens) };
        const next = { ...row, nonce: newNonce(), boots: row.boots + 1 };
        await transaction
          .updateTable('bootArmings')
          .set({ nonce: next.nonce, boots: next.boots })
          .where('machineUuid', '=', row.machineUuid)
          .execute();
        return { kind: 'granted', boot: armedBoot(next, await mint(transaction, next)) };
      }),

    redeem: (token, purpose, from) =>
      db.transaction().execute(async (transaction): Promise<BootAnswer> => {
        const hash = tokenHash(token);
        const found = await transaction
          .selectFrom('bootTokens')
          .selectAll()
          .where('hash', '=', hash)
          .executeTakeFirst();
        if (found === undefined || found.purpose !== purpose || !isEqual(found.hash, hash))
          return { kind: 'refused', reason: 'unknown', machine: null };
        const row = await armingOf(transaction, found.machineUuid);
        if (row === undefined) return { kind: 'refused', reason: 'unknown', machine: null };
        const { machine } = row;
        if (isOver(found)) return { kind: 'refused', reason: 'expired', machine };
        if (found.boundAddress !== null && found.boundAddress !== from)
          return { kind: 'refused', reason: 'address', machine };
        if (found.firstUsedAt === null) {
          await transaction
            .updateTable('bootTokens')
            .set({ firstUsedAt: now().toISOString(), boundAddress: from })
            .where('hash', '=', hash)
            .execute();
        }
        return { kind: 'granted', boot: armedBoot(row, [found]) };
      }),
  };
}

function armingOf(
  from: StoreDatabase | StoreTransaction,
  machineUuid: string,
): Promise<BootArmingRow | undefined> {
  return from.selectFrom('bootArmings').selectAll().where('machineUuid', '=', machineUuid).executeTakeFirst();
}

function tokensOf(from: StoreDatabase | StoreTransaction, machineUuid: string): Promise<BootTokenRow[]> {
  return from.selectFrom('bootTokens').selectAll().where('machineUuid', '=', machineUuid).execute();
}

async function refuseTakenMac(transaction: StoreTransaction, arming: BootArming): Promise<void> {
  if (arming.network === null) return;
  const other = await transaction
    .selectFrom('bootArmings')
    .select(['machine', 'cluster'])
    .where('mac', '=', arming.mac)
    .where('machineUuid', '!=', arming.machineUuid)
    .where('network', 'is not', null)
    .executeTakeFirst();
  if (other === undefined) return;
  throw fail(
    'BOOT_CONFLICT',
    `${arming.mac} of ${arming.machine} is also ${other.machine} of cluster "${other.cluster}"`,
  );
}

function isSame(row: BootArmingRow, documents: BootDocuments | undefined, arming: BootArming): boolean {
  const asText = (network: NetworkBoot | null, fetched: BootDocuments | undefined): string =>
    JSON.stringify([network, fetched ?? null]);
  const before = asText(networkOf(row), documents);
  return row.mac === arming.mac && before === asText(arming.network, arming.documents);
}

function networkOf({ network }: BootArmingRow): NetworkBoot | null {
  return network === null ? null : (JSON.parse(network) as NetworkBoot);
}

/** Tokens are looked up by their hash, whose timing tells nothing of a token; this comparison tells nothing at all. */
function isEqual(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'));
}
