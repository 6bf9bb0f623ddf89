/** Removes a backup of a VM, once its notes have proved that it is ours. */
import { fail } from '../../../domain/errors.js';
import type { VmBackup } from '../../../domain/vm-backup/vm-backup.js';
import { storageName, type ProxmoxClient } from '../client.js';
import type { ProxmoxContext } from '../dependencies.js';
import { deleteVolume } from '../volumes.js';
import { backupPlaces, backupsAt, isOf, type BackupPlace } from './find-backups.js';

export interface RemoveVmBackupRequest {
  /** As it was listed. */
  readonly backup: VmBackup;
}

/**
 * @returns false where it is not there any more.
 * @throws `IDENTITY_MISMATCH` where a volume of that name is there whose notes are not those, or that is protected;
 *   `PROXMOX_NODE_UNREACHABLE` while no host is up that has it, `RESIDUE_LEFT`
 */
export async function removeVmBackup(
  { client }: Pick<ProxmoxContext, 'client'>,
  { backup }: RemoveVmBackupRequest,
): Promise<{ readonly removed: boolean }> {
  const { volume, host } = backup;
  const places = await backupPlaces(client, storageName(volume));
  const place = places.find((one) => host === null || one.host === host);
  if (place === undefined) {
    throw fail('PROXMOX_NODE_UNREACHABLE', `no host that has ${volume} is up: ${host ?? 'any'}`);
  }
  if (!(await isThere(client, place, volume))) return { removed: false };
  const found = (await backupsAt(client, place)).find((one) => one.volume === volume);
  if (found === undefined || !isOf(found, backup) || found.isProtected) {
    const what = found?.isProtected === true ? 'is protected' : 'does not say that it is ours';
    throw fail('IDENTITY_MISMATCH', `${volume} on ${place.host} ${what}`);
  }
  await deleteVolume(client, { host: place.host, volid: volume, sizeBytes: found.sizeBytes });
  if (await isThere(client, place, volume)) {
    throw fail('RESIDUE_LEFT', `${volume} is still on ${place.host}`);
  }
  return { removed: true };
}

async function isThere(
  client: ProxmoxClient,
  { host, storage }: BackupPlace,
  volume: string,
): Promise<boolean> {
  const volumes = await client.volumes({ host, storage, content: 'backup' });
  return volumes.some(({ volid }) => volid === volume);
}
