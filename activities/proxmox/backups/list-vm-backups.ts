/** Lists the backups of the VMs of a cluster, also of one that is gone. */
import { Context } from '@temporalio/activity';
import { newestFirst, type VmBackups } from '../../../domain/vm-backup/vm-backup.js';
import type { ProxmoxContext } from '../dependencies.js';
import { backupPlaces, backupsAt } from './find-backups.js';

export interface ListVmBackupsRequest {
  readonly clusterUid: string;
  /** `null`: all storages that take backups. */
  readonly storage: string | null;
}

/** Changes nothing. Newest first. */
export async function listVmBackups(
  { client }: Pick<ProxmoxContext, 'client'>,
  { clusterUid, storage }: ListVmBackupsRequest,
): Promise<VmBackups> {
  const nodes = await client.nodes(Context.current().cancellationSignal);
  const places = await backupPlaces(client, storage);
  const lists = await Promise.all(places.map((place) => backupsAt(client, place)));
  return {
    items: newestFirst(lists.flat().filter((backup) => backup.clusterUid === clusterUid)),
    notSeen: nodes
      .filter(({ status }) => status !== 'online')
      .map(({ node }) => node)
      .toSorted(),
  };
}
