/** The VM ledger, over SQLite. */
import { fail } from '../domain/errors.js';
import type { MachineLedger, MachineRecord } from './store.js';
import { claimedMemory, refuseOvercommit } from './machine-memory.js';
import { recordVolumes, volumesOf } from './machine-volumes.js';
import type { StoreDatabase, StoreTransaction } from './tables.js';
import { freeVmids } from './vmids.js';

/** @param quarantineSeconds how long the VMID of a removed machine stays out of use. */
export function machineLedger(
  db: StoreDatabase,
  { quarantineSeconds, now }: { quarantineSeconds: number; now: () => Date },
): MachineLedger {
  const quarantinedSince = (): string => new Date(now().getTime() - quarantineSeconds * 1_000).toISOString();

  return {
    reserve: ({ clusterUid, cluster, range, avoid, machines, capacity }) =>
      db.transaction().execute(async (transaction) => {
        const wanted = new Map(machines.map((machine) => [machine.uuid, machine]));
        const known = await findAll(transaction, [...wanted.keys()]);
        const missing = [...wanted.values()].filter(({ uuid }) => !known.has(uuid));
        await refuseOvercommit(transaction, { capacity, wanted: missing });
        const vmids = await freeVmids(transaction, {
          range,
          count: missing.length,
          avoid,
          quarantinedSince: quarantinedSince(),
        });
        const at = now().toISOString();
        for (const [index, { uuid, name, host, memoryMiB = 0 }] of missing.entries()) {
          const row = await transaction
            .insertInto('machines')
            .values({
              ...NEW_MACHINE,
              uuid,
              clusterUid,
              cluster,
              name,
              host,
              vmid: vmids[index] as number,
              memoryMib: memoryMiB,
              createdAt: at,
              updatedAt: at,
            })
            .returning(MACHINE_COLUMNS)
            .executeTakeFirstOrThrow();
          known.set(uuid, row);
        }
        return machines.map(({ uuid }) => known.get(uuid) ?? unknownMachine(uuid));
      }),

    get: (uuid) =>
      db.selectFrom('machines').select(MACHINE_COLUMNS).where('uuid', '=', uuid).executeTakeFirst(),

    claimedMemory: (running) => claimedMemory(db, running),

    givenUpVmids: async (clusterUid) => {
      const rows = await db
        .selectFrom('burntVmids')
        .select('vmid')
        .where('clusterUid', '=', clusterUid)
        .orderBy('vmid')
        .execute();
      return rows.map(({ vmid }) => vmid);
    },

    recordVolumes: (uuid, volumes) => recordVolumes(db, uuid, volumes, now().toISOString()),

    volumesOf: (uuid) => volumesOf(db, uuid),

    ofCluster: (clusterUid) =>
      db
        .selectFrom('machines')
        .select(MACHINE_COLUMNS)
        .where('clusterUid', '=', clusterUid)
        .where('state', '!=', 'removed')
        .orderBy('seq')
        .execute(),

    everOf: (clusterUid) =>
      db
        .selectFrom('machines')
        .select(MACHINE_COLUMNS)
        .where('clusterUid', '=', clusterUid)
        .orderBy('seq')
        .execute(),

    namesEver: async (clusterUid) => {
      const rows = await db
        .selectFrom('machines')
        .select('name')
        .distinct()
        .where('clusterUid', '=', clusterUid)
        .orderBy('name')
        .execute();
      return rows.map(({ name }) => name);
    },

    update: (uuid, change) =>
      db.transaction().execute(async (transaction) => {
        const before = await find(transaction, uuid);
        if (before.state === 'removed' && (change.state ?? 'removed') !== 'removed')
          throw resurrection(before);
        const at = now().toISOString();
        const isRemoved = change.state === 'removed' && before.state !== 'removed';
        return transaction
          .updateTable('machines')
          .set({ ...change, updatedAt: at, ...(isRemoved ? { removedAt: at } : {}) })
          .where('uuid', '=', uuid)
          .returning(MACHINE_COLUMNS)
          .executeTakeFirstOrThrow();
      }),

    replaceVmid: ({ uuid, taken, range, avoid }) =>
      db.transaction().execute(async (transaction) => {
        const before = await find(transaction, uuid);
        if (before.state === 'removed') throw resurrection(before);
        if (before.vmid !== taken) return before;
        const at = now().toISOString();
        await transaction
          .insertInto('burntVmids')
          .values({ vmid: before.vmid, burntAt: at, clusterUid: before.clusterUid })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        const [vmid] = await freeVmids(transaction, {
          range,
          count: 1,
          avoid,
          quarantinedSince: quarantinedSince(),
        });
        // What was under way was under way for the other number.
        return transaction
          .updateTable('machines')
          .set({ vmid: vmid as number, state: 'intent', upid: null, updatedAt: at })
          .where('uuid', '=', uuid)
          .returning(MACHINE_COLUMNS)
          .executeTakeFirstOrThrow();
      }),
  };
}

const MACHINE_COLUMNS = [
  'uuid',
  'clusterUid',
  'cluster',
  'name',
  'vmid',
  'host',
  'state',
  'upid',
  'seedVolume',
  'sshHostKey',
  'protected',
  'createdAt',
  'updatedAt',
] as const;

const NEW_MACHINE = {
  state: 'intent',
  upid: null,
  seedVolume: null,
  sshHostKey: null,
  removedAt: null,
} as const;

async function find(transaction: StoreTransaction, uuid: string): Promise<MachineRecord> {
  const row = await transaction
    .selectFrom('machines')
    .select(MACHINE_COLUMNS)
    .where('uuid', '=', uuid)
    .executeTakeFirst();
  return row ?? unknownMachine(uuid);
}

async function findAll(
  transaction: StoreTransaction,
  uuids: readonly string[],
): Promise<Map<string, MachineRecord>> {
  const known = new Map<string, MachineRecord>();
  for (const uuid of uuids) {
    const row = await transaction
      .selectFrom('machines')
      .select(MACHINE_COLUMNS)
      .where('uuid', '=', uuid)
      .executeTakeFirst();
    if (row !== undefined) known.set(uuid, row);
  }
  return known;
}

function unknownMachine(uuid: string): never {
  throw fail('IDENTITY_MISMATCH', `the ledger has no machine with the UUID ${uuid}`);
}

/** Its VMID may be another machine's by now. */
function resurrection(machine: MachineRecord) {
  return fail(
    'IDENTITY_MISMATCH',
    `machine "${machine.name}" (${machine.uuid}, VMID ${machine.vmid}) is removed, and stays so`,
  );
}
