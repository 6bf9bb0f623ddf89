/** Address leases, over SQLite. */
import { sql } from 'kysely';
import { fail } from '../domain/errors.js';
import type { AddressLease, AddressLeases } from './store.js';
import type { StoreDatabase, StoreTransaction } from './tables.js';

export function addressLeases(db: StoreDatabase, now: () => Date): AddressLeases {
  return {
    lease: ({ clusterUid, cluster, candidates, machines }) =>
      db.transaction().execute(async (transaction) => {
        const held = new Map(
          (await leasesOf(transaction, clusterUid)).map((lease) => [lease.machine, lease]),
        );
        const missing = machines.filter(({ name }) => !held.has(name));
        const granted = grant(
          missing,
          candidates,
          new Set(await liveAmong(transaction, [...candidates, ...missing.map(({ wanted }) => wanted)])),
        );
        for (const [machine, address] of granted) {
          await transaction
            .insertInto('addressLeases')
            .values({
              address,
              clusterUid,
              cluster,
              machine,
              leasedAt: now().toISOString(),
              releasedAt: null,
            })
            .execute();
          held.set(machine, { address, clusterUid, machine });
        }
        return machines.flatMap(({ name }) => held.get(name) ?? []);
      }),

    ofCluster: (clusterUid) => leasesOf(db, clusterUid),

    taken: async (candidates) => {
      const live = new Set(await liveAmong(db, candidates));
      return candidates.filter((address) => live.has(address));
    },

    release: async (clusterUid, machine) => {
      await db
        .updateTable('addressLeases')
        .set({ releasedAt: now().toISOString() })
        .where('clusterUid', '=', clusterUid)
        .where('machine', '=', machine)
        .where('releasedAt', 'is', null)
        .execute();
    },
  };
}

/**
 * An address for each machine. All wishes that can be met are met first, so that no machine is given what the next one
 * wanted.
 * @throws `ADDRESSES_EXHAUSTED`
 */
function grant(
  machines: readonly { readonly name: string; readonly wanted: string }[],
  candidates: readonly string[],
  taken: Set<string>,
): Map<string, string> {
  const granted = new Map<string, string>();
  const give = (name: string, address: string): void => {
    taken.add(address);
    granted.set(name, address);
  };
  for (const { name, wanted } of machines) if (!granted.has(name) && !taken.has(wanted)) give(name, wanted);
  const rest = new Set(machines.map(({ name }) => name).filter((name) => !granted.has(name)));
  const free = candidates.filter((address) => !taken.has(address)).values();
  for (const name of rest) {
    const { value, done } = free.next();
    if (done) {
      throw fail(
        'ADDRESSES_EXHAUSTED',
        `${rest.size} more addresses are needed than the ${candidates.length} candidates have free ` +
          `(${candidates[0] ?? 'none'} to ${candidates.at(-1) ?? 'none'})`,
      );
    }
    give(name, value);
  }
  return granted;
}

function leasesOf(db: StoreDatabase | StoreTransaction, clusterUid: string): Promise<AddressLease[]> {
  return db
    .selectFrom('addressLeases')
    .select(['address', 'clusterUid', 'machine'])
    .where('clusterUid', '=', clusterUid)
    .where('releasedAt', 'is', null)
    .orderBy('seq')
    .execute();
}

/** Passed as one JSON parameter: a range may have more addresses than a statement has parameters (32,766). */
async function liveAmong(
  db: StoreDatabase | StoreTransaction,
  addresses: readonly string[],
): Promise<string[]> {
  const rows = await db
    .selectFrom('addressLeases')
    .select('address')
    .where('releasedAt', 'is', null)
    .where('address', 'in', sql<string>`(select value from json_each(${JSON.stringify(addresses)}))`)
    .execute();
  return rows.map(({ address }) => address);
}
