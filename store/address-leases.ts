/** Address leases, over SQLite. */
import { sql } from 'kysely';
import { grantAddresses, unavailableAmong, type AvoidedSince } from './address-availability.js';
import type { AddressLease, AddressLeases, LeaseEach } from './address-port.js';
import { writeConflict } from './address-conflicts.js';
import type { StoreDatabase, StoreTransaction } from './tables.js';

/** How long an address is avoided after a stranger was last heard of on it. */
const SILENCE_SECONDS = 86_400;

/** @param quarantineSeconds how long a released address stays out of use. */
export function addressLeases(
  db: StoreDatabase,
  { quarantineSeconds, now }: { readonly quarantineSeconds: number; readonly now: () => Date },
): AddressLeases {
  const before = (seconds: number): string => new Date(now().getTime() - seconds * 1_000).toISOString();
  const avoidedSince = (): AvoidedSince => ({
    released: before(quarantineSeconds),
    conflict: before(SILENCE_SECONDS),
  });

  async function leaseEach(transaction: StoreTransaction, request: LeaseEach): Promise<AddressLease[]> {
    const { clusterUid, cluster, wanted, avoid = [] } = request;
    const held = new Map((await leasesOf(transaction, clusterUid)).map((lease) => [lease.machine, lease]));
    const missing = wanted.filter(({ holder }) => !held.has(holder));
    // Holders share their candidates, of which a range may have 65,536.
    const pools = new Set(missing.map(({ candidates }) => candidates));
    const asked = new Set([...pools].flat());
    const unavailable = new Map<string, string>(avoid.map((address) => [address, 'in use by others']));
    for (const { address, candidates } of missing) {
      if (address === null) continue;
      asked.add(address);
      // What is meant as it is may well be among what others are to keep off.
      if (!candidates.includes(address)) unavailable.delete(address);
    }
    for (const { address, why } of await unavailableAmong(transaction, [...asked], avoidedSince()))
      unavailable.set(address, why);
    for (const [machine, address] of grantAddresses(missing, unavailable)) {
      const leasedAt = now().toISOString();
      await transaction
        .insertInto('addressLeases')
        .values({ address, clusterUid, cluster, machine, leasedAt, releasedAt: null })
        .execute();
      held.set(machine, { address, clusterUid, machine });
    }
    return wanted.flatMap(({ holder }) => held.get(holder) ?? []);
  }

  return {
    lease: ({ clusterUid, cluster, candidates, machines }) =>
      db.transaction().execute((transaction) =>
        leaseEach(transaction, {
          clusterUid,
          cluster,
          wanted: machines.map(({ name, wanted }) => ({ holder: name, address: wanted, candidates })),
        }),
      ),

    leaseEach: (request) => db.transaction().execute((transaction) => leaseEach(transaction, request)),

    replace: ({ conflicting, holder, reason, candidates, ...request }) =>
      db.transaction().execute(async (transaction) => {
        const held = (await leasesOf(transaction, request.clusterUid)).find(
          ({ machine }) => machine === holder,
        );
        if (held !== undefined && held.address !== conflicting) return held;
        const at = now().toISOString();
        await writeConflict(transaction, { address: conflicting, reason, at });
        await releaseHolder(transaction, request.clusterUid, holder, at);
        const wanted = [{ holder, address: null, candidates }];
        const [lease] = await leaseEach(transaction, { ...request, wanted });
        return lease as AddressLease;
      }),

    ofCluster: (clusterUid) => leasesOf(db, clusterUid),

    taken: async (candidates) => {
      const unavailable = await unavailableAmong(db, candidates, avoidedSince());
      return unavailable.flatMap(({ address, why }) => (why === 'leased' ? [address] : []));
    },

    unavailable: (candidates) => unavailableAmong(db, candidates, avoidedSince()),

    release: async (clusterUid, holder) => {
      const at = now().toISOString();
      await db.transaction().execute(async (transaction) => {
        await releaseHolder(transaction, clusterUid, holder, at);
        await transaction
          .updateTable('addressLeases')
          .set({ releasedAt: at })
          .where('clusterUid', '=', clusterUid)
          .where(sql`substr(machine, 1, length(${holder}) + 1)`, '=', `${holder}/`)
          .where('releasedAt', 'is', null)
          .execute();
      });
    },

    markConflict: (address, reason) => writeConflict(db, { address, reason, at: now().toISOString() }),

    clearConflict: async (address) => {
      const { numDeletedRows } = await db
        .deleteFrom('addressConflicts')
        .where('address', '=', address)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0;
    },

    conflicts: () =>
      db
        .selectFrom('addressConflicts')
        .select(['address', 'reason', 'foundAt', 'lastSeenAt'])
        .where('lastSeenAt', '>', avoidedSince().conflict)
        .orderBy('lastSeenAt', 'desc')
        .orderBy('address')
        .execute(),
  };
}

async function releaseHolder(
  transaction: StoreTransaction,
  clusterUid: string,
  holder: string,
  at: string,
): Promise<void> {
  await transaction
    .updateTable('addressLeases')
    .set({ releasedAt: at })
    .where('clusterUid', '=', clusterUid)
    .where('machine', '=', holder)
    .where('releasedAt', 'is', null)
    .execute();
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
