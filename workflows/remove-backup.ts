/** Removes one backup, as a person asked: its cluster may be gone long since. Started by the API. */
import { backups } from './lib/activities.js';
import { workflowFailure } from './lib/failure.js';

export interface RemoveBackupInput {
  readonly backupId: string;
}

/** What does not answer by then can be asked for again. */
const REMOVE_FOR = '2 hours';

export async function removeBackup(input: RemoveBackupInput): Promise<{ readonly removed: boolean }> {
  try {
    const options = { scheduleToCloseTimeout: REMOVE_FOR, summary: `Remove the backup ${input.backupId}` };
    return await backups.removeBackup.executeWithOptions(options, [input]);
  } catch (error) {
    throw workflowFailure(error);
  }
}
