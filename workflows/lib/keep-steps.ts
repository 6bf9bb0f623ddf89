/** The steps of an operation are kept where they are found after Temporal has forgotten it, and without a worker. */
import { CancellationScope, patched, workflowInfo } from '@temporalio/workflow';
import type { StepRecord } from '../../domain/step-record.js';
import { ledger } from './activities.js';

/** What is given to an activity may have two megabytes; a step with a long reason has a few kilobytes. */
const STEPS_AT_ONCE = 250;

/** The last thing that an operation does, also when it was cancelled. */
export async function keepSteps(clusterUid: string, steps: readonly StepRecord[]): Promise<void> {
  if (!patched('2026-11-steps-kept')) return;
  const { workflowId } = workflowInfo();
  await CancellationScope.nonCancellable(async () => {
    for (let from = 0; from < steps.length; from += STEPS_AT_ONCE) {
      const some = steps.slice(from, from + STEPS_AT_ONCE);
      await ledger.keepSteps({ clusterUid, workflowId, from, steps: some });
    }
  });
}
