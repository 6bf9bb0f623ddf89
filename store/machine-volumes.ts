/** The disks that a machine was made with. */
import type { MachineVolume } from './store.js';
import type { StoreDatabase } from './tables.js';

/** A volume that is recorded already stays as it is. */
export async function recordVolumes(
  db: StoreDatabase,
  uuid: string,
  volumes: readonly MachineVolume[],
  at: string,
): Promise<void> {
  if (volumes.length === 0) return;
  await db
    .insertInto('machineVolumes')
    .values(volumes.map(({ slot, volume }) => ({ machineUuid: uuid, slot, volume, recordedAt: at })))
    .onConflict((conflict) => conflict.columns(['machineUuid', 'volume']).doNothing())
    .execute();
}

export async function volumesOf(db: StoreDatabase, uuid: string): Promise<MachineVolume[]> {
  return db
    .selectFrom('machineVolumes')
    .select(['slot', 'volume'])
    .where('machineUuid', '=', uuid)
    .orderBy('volume')
    .execute();
}
