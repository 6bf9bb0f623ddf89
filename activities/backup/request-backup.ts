/** Asks a cluster for the backup that is due by its policy, as a person would: it waits for its turn there. */
import { createHash } from 'node:crypto';
import {
  isGrpcServiceError,
  ScheduleNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import type { BackupRequest, ScheduledBackup } from '../../domain/backup/backup-request.js';
import { fail } from '../../domain/errors.js';
import { scheduleIds, workflowIds } from '../../domain/ids.js';
import type { Store } from '../../store/store.js';

export interface RequestBackupRequest {
  readonly cluster: string;
  /** The same for each attempt. */
  readonly operationId: string;
}

/** Of `workflows/messages.ts`: for ever. */
const OPERATE = 'operate';
const RECENT_OPERATIONS = 50;

/** @throws `ORCHESTRATOR_UNAVAILABLE` */
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
  // One that waits is as good as another: they must not pile up behind an operation that waits for a person.
  const recent = await store.operations.list({ cluster, limit: RECENT_OPERATIONS });
  const waiting = recent.find(
    ({ id, kind, status }) =>
      id !== operationId && kind === 'backup' && (status === 'running' || status === 'requested'),
  );
  if (waiting !== undefined) return { requested: false, reason: `backup ${waiting.id} is not over yet` };

  const { destination, retention } = policy;
  const request: BackupRequest = { backupId: operationId, destination, retention, reason: 'scheduled' };
  const asked = { operationId, operation: { kind: 'backup', request } };
  await store.operations.begin({
    ...{ id: operationId, cluster, kind: 'backup', idempotencyKey: `scheduled-${operationId}` },
    requestHash: createHash('sha256').update(JSON.stringify(asked)).digest('hex'),
  });
  try {
    await client.workflow
      .getHandle(workflowIds.cluster(cluster))
      .executeUpdate(OPERATE, { updateId: operationId, args: [asked] });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      await store.operations.abandon(operationId);
      return { requested: false, reason: error.cause?.message ?? error.message };
    }
    const detail = error instanceof Error ? error.message : String(error);
    const code = isGrpcServiceError(error) ? 'ORCHESTRATOR_UNAVAILABLE' : 'WORKER_UNAVAILABLE';
    throw fail(code, `cluster "${cluster}" could not be asked: ${detail}`, { cause: error });
  }
  await store.operations.accept(operationId);
  return { requested: true, reason: null };
}

/** It would go on for ever. */
async function forgetSchedule(store: Store, client: Client, cluster: string): Promise<void> {
  await store.backupPolicies.remove(cluster);
  try {
    await client.schedule.getHandle(scheduleIds.backup(cluster)).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
