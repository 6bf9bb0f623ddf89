/** Takes a backup away from its destination, until it is seen that nothing of it is there. */
import { backupFolder, manifestKey } from '../../domain/backup/manifest.js';
import { fail } from '../../domain/errors.js';
import type { BackupDestination } from './destinations/destination.js';

/** @throws `RESIDUE_LEFT`, `BACKUP_DESTINATION_*` */
export async function removeObjects(
  destination: BackupDestination,
  backup: { readonly clusterUid: string; readonly id: string },
  signal: AbortSignal,
): Promise<void> {
  const folder = backupFolder(backup);
  // First, so that what is left at any moment is no backup any more.
  await destination.remove(manifestKey(backup), signal);
  for (const { key } of await destination.list(folder, signal)) await destination.remove(key, signal);
  await destination.removePartial(folder, signal);
  const left = await destination.list(folder, signal);
  if (left.length > 0) throw fail('RESIDUE_LEFT', `still there: ${left.map(({ key }) => key).join(', ')}`);
}
