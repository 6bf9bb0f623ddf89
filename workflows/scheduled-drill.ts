/** Has the newest backup of a cluster drilled, as its policy asks. Started by the cluster's own Schedule. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { executeChild, setCurrentDetails } from '@temporalio/workflow';
import { workflowIds } from '../domain/ids.js';
import type { drillBackup } from './drill-backup.js';
import { workflowFailure } from './lib/failure.js';

export interface ScheduledDrillInput {
  readonly cluster: string;
}

/** @returns what came of it, in words. */
export async function scheduledDrill({ cluster }: ScheduledDrillInput): Promise<string> {
  const said = await outcomeOf(cluster);
  setCurrentDetails(said);
  return said;
}

async function outcomeOf(cluster: string): Promise<string> {
  try {
    const { backupId, state, detail } = await executeChild<typeof drillBackup>('drillBackup', {
      workflowId: workflowIds.drillBackup(cluster),
      args: [{ cluster, backupId: null }],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      parentClosePolicy: 'REQUEST_CANCEL',
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      staticSummary: `Drill of the newest backup of ${cluster}`,
    });
    return `backup ${backupId}: ${state}${detail === null ? '' : `: ${detail}`}`;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'a drill of the cluster is under way';
    throw workflowFailure(error);
  }
}
