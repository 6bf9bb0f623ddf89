/** Asks a cluster for the backup that is due by its policy, as a person would: it waits for its turn there. */
import type { Client } from '@temporalio/client';
import type { BackupRequest, ScheduledBackup } from '../../domain/backup/backup-request.js';
import { scheduleIds } from '../../domain/ids.js';
import type { Store } from '../../store/store.js';
import { askCluster, unfinished } from '../orchestration/ask-cluster.js';
import { removeSchedule } from '../orchestration/remove-schedule.js';

export interface RequestBackupRequest {
  readonly cluster: string;
  /** The same for each attempt. */
  readonly operationId: string;
}

/** @throws `ORCHESTRATOR_UNAVAILABLE`, `WORKER_UNAVAILABLE` */
export async function requestBackup(
  store: Store,
  client: Client,
  { cluster, operationId }: RequestBackupRequest,
): Promise<ScheduledBackup> {
  const policy = await store.backupPolicies.get(cluster);
  const record = await store.clusters.get(cluster);
  if (policy === undefined || record === undefined || record.phase === 'GONE') {
    await forgetSchedule(store, client, cluster);
    return { requested: false, reason: policy === undefined ? 'it has no policy' : 'the cluster is gone' };
  }
  // They must not pile up behind an operation that waits for a person.
  const waiting = await unfinished(store, { cluster, kind: 'backup', operationId });
  if (waiting !== undefined) return { requested: false, reason: `backup ${waiting} is not over yet` };

  const { destination, retention } = policy;
  const request: BackupRequest = { backupId: operationId, destination, retention, reason: 'scheduled' };
  return askCluster(store, client, { cluster, operationId, kind: 'backup', request, asker: 'scheduled' });
}

/** It would go on for ever. */
async function forgetSchedule(store: Store, client: Client, cluster: string): Promise<void> {
  await store.backupPolicies.remove(cluster);
  await removeSchedule(client, scheduleIds.backup(cluster));
}
