/** Deletes a machine's cloud-init medium, which holds the secrets of its first boot. */
import { fail } from '../../domain/errors.js';
import type { ProxmoxContext } from './dependencies.js';
import type { LedgeredMachine } from './owned-vm.js';
import { machineOfSeed } from './seed-volume.js';
import { deleteVolume, findIso } from './volumes.js';

/** The ledger forgets the medium once it is proved to be gone. @throws `RESIDUE_LEFT` when it is not. */
export async function removeSeed(context: ProxmoxContext, { row }: LedgeredMachine): Promise<void> {
  const { client, ledger } = context;
  const volume = row.seedVolume;
  if (volume === null) return;
  if (machineOfSeed(volume) !== row.uuid) {
    throw fail('IDENTITY_MISMATCH', `${volume} is not named for machine ${row.uuid}, so it is not deleted`);
  }
  const found = await findIso(client, volume, row.host);
  for (const iso of found) await deleteVolume(client, iso);
  if (found.length > 0) {
    const left = await findIso(client, volume, row.host);
    if (left.length > 0)
      throw fail('RESIDUE_LEFT', left.map(({ host, volid }) => `${volid} on ${host}`).join(', '));
  }
  await ledger.update(row.uuid, { seedVolume: null });
}
