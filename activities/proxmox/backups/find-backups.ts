/** Looks for backups of VMs that are ours: each says so in its notes. */
import { Context } from '@temporalio/activity';
import { fail } from '../../../domain/errors.js';
import {
  newestFirst,
  parseVmBackupNotes,
  type VmBackup,
  type VmBackupMark,
} from '../../../domain/vm-backup/vm-backup.js';
import type { ProxmoxClient } from '../client.js';
import { splitList } from '../property-string.js';
import { onlineHosts } from '../volumes.js';

/** A storage for backups, as one of its hosts sees it. */
export interface BackupPlace {
  readonly host: string;
  readonly storage: string;
  readonly isShared: boolean;
}

/** @param storage `null`: all that take backups. */
export async function placesOn(
  client: ProxmoxClient,
  host: string,
  storage: string | null,
): Promise<BackupPlace[]> {
  const storages = await client.storages(host, Context.current().cancellationSignal);
  return storages
    .filter(({ active, content }) => active !== 0 && splitList(content).includes('backup'))
    .filter((record) => storage === null || record.storage === storage)
    .map((record) => ({ host, storage: record.storage, isShared: record.shared === 1 }));
}

/** Of each place that the hosts which are up have, those that the hosts share once. */
export async function backupPlaces(client: ProxmoxClient, storage: string | null): Promise<BackupPlace[]> {
  const hosts = await onlineHosts(client);
  const lists = await Promise.all(hosts.map((host) => placesOn(client, host, storage)));
  const shared = new Set<string>();
  return lists.flat().filter((place) => {
    if (!place.isShared) return true;
    if (shared.has(place.storage)) return false;
    shared.add(place.storage);
    return true;
  });
}

/** Those with notes of ours. */
export async function backupsAt(
  client: ProxmoxClient,
  { host, storage, isShared }: BackupPlace,
): Promise<VmBackup[]> {
  const filter = { host, storage, content: 'backup' } as const;
  const volumes = await client.volumes(filter, Context.current().cancellationSignal);
  return volumes.flatMap(({ volid, notes, ctime, size, protected: isProtected }) => {
    const mark = parseVmBackupNotes(notes ?? '');
    if (mark === undefined) return [];
    const takenAt = new Date((ctime ?? 0) * 1_000).toISOString();
    const where = { volume: volid, host: isShared ? null : host };
    return [{ ...mark, ...where, takenAt, sizeBytes: size, isProtected: Number(isProtected ?? 0) === 1 }];
  });
}

/** The newest with that mark on the storage, on whichever host it was made. */
export async function findBackup(
  client: ProxmoxClient,
  storage: string,
  mark: Omit<VmBackupMark, 'machine'>,
): Promise<VmBackup | undefined> {
  const places = await backupPlaces(client, storage);
  const lists = await Promise.all(places.map((place) => backupsAt(client, place)));
  return newestFirst(lists.flat().filter((backup) => isOf(backup, mark)))[0];
}

export function isOf(backup: VmBackupMark, mark: Omit<VmBackupMark, 'machine'>): boolean {
  return (
    backup.clusterUid === mark.clusterUid &&
    backup.machineUuid === mark.machineUuid &&
    backup.backupId === mark.backupId
  );
}

/** @throws `VM_BACKUP_STORAGE_UNFIT` */
export async function requirePlace(client: ProxmoxClient, host: string, storage: string): Promise<void> {
  const places = await placesOn(client, host, null);
  if (places.some((place) => place.storage === storage)) return;
  const names = places.map((place) => place.storage).join(', ');
  throw fail(
    'VM_BACKUP_STORAGE_UNFIT',
    `"${storage}" takes no backups on ${host}; ${names === '' ? 'no storage does' : `those that do: ${names}`}`,
  );
}
