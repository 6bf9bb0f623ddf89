/** Asks for the backup of a cluster that is due by its policy. Started by the cluster's own Schedule. */
import { setCurrentDetails, uuid4 } from '@temporalio/workflow';
import type { ScheduledBackup } from '../domain/backup/backup-request.js';
import { backups } from './lib/activities.js';
import { workflowFailure } from './lib/failure.js';

export interface ScheduledBackupInput {
  readonly cluster: string;
}

/** Longer than it takes to replace a worker; a backup that comes late is better than none. */
const ASK_FOR = '1 hour';

export async function scheduledBackup({ cluster }: ScheduledBackupInput): Promise<ScheduledBackup> {
  try {
    const options = { scheduleToCloseTimeout: ASK_FOR, summary: `Ask for a backup of ${cluster}` };
    const asked = await backups.requestBackup.executeWithOptions(options, [
      { cluster, operationId: uuid4() },
    ]);
    setCurrentDetails(asked.requested ? 'A backup was asked for.' : `No backup: ${asked.reason ?? ''}`);
    return asked;
  } catch (error) {
    throw workflowFailure(error);
  }
}
