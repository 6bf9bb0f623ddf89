/** Whose what was left behind can be, over SQLite. */
import type { KnownMachine, OrphanFacts } from './orphan-port.js';
import type { StoreDatabase } from './tables.js';

/** SQLite takes no more than some ten thousand parameters in one statement. */
const MOST_AT_ONCE = 1_000;

export function orphanFacts(db: StoreDatabase, now: () => Date): OrphanFacts {
  const machines = () =>
    db
      .selectFrom('machines as machine')
      .leftJoin('clusters as cluster', 'cluster.uid', 'machine.clusterUid')
      .select(MACHINE_COLUMNS)
      .orderBy('machine.seq', 'desc');

  return {
    machinesWith: async (vmids) => {
      const found: KnownMachine[] = [];
      for (let from = 0; from < vmids.length; from += MOST_AT_ONCE) {
        const some = vmids.slice(from, from + MOST_AT_ONCE);
        found.push(...(await machines().where('machine.vmid', 'in', some).execute()));
      }
      return found;
    },

    machine: (uuid) => machines().where('machine.uuid', '=', uuid).executeTakeFirst(),

    armings: () =>
      db
        .selectFrom('bootArmings as arming')
        .innerJoin('clusters as cluster', 'cluster.uid', 'arming.clusterUid')
        .select(['arming.machineUuid', 'arming.machine', 'arming.clusterUid', 'arming.cluster'])
        .select('cluster.updatedAt as since')
        .where('cluster.phase', '=', 'GONE')
        .orderBy('arming.machineUuid')
        .execute(),

    holdVmid: (uuid) =>
      db.transaction().execute(async (transaction) => {
        const machine = await transaction
          .selectFrom('machines')
          .select(['vmid', 'state'])
          .where('uuid', '=', uuid)
          .executeTakeFirst();
        if (machine === undefined) return false;
        if (machine.state !== 'removed') return true;
        const successor = await transaction
          .selectFrom('machines')
          .select('uuid')
          .where('vmid', '=', machine.vmid)
          .where('state', '!=', 'removed')
          .executeTakeFirst();
        if (successor !== undefined) return false;
        await transaction
          .updateTable('machines')
          .set({ removedAt: now().toISOString() })
          .where('uuid', '=', uuid)
          .execute();
        return true;
      }),
  };
}

const MACHINE_COLUMNS = [
  'machine.uuid',
  'machine.clusterUid',
  'machine.cluster',
  'machine.name',
  'machine.vmid',
  'machine.host',
  'machine.state',
  'machine.upid',
  'machine.seedVolume',
  'machine.sshHostKey',
  'machine.protected',
  'machine.createdAt',
  'machine.updatedAt',
  'machine.removedAt',
  'cluster.phase as clusterPhase',
  'cluster.updatedAt as clusterUpdatedAt',
] as const;
