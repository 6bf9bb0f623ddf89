/** The request's own hard limit. */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { applicationFailure } from './failure.js';

/** Runs `work`; when `minutes` pass first, cancels it, waits for it to stop and fails. `null` sets no limit. */
export async function withDeadline<T>(minutes: number | null, work: () => Promise<T>): Promise<T> {
  if (minutes === null) return work();
  const scope = new CancellationScope();
  const timer = new CancellationScope();
  let expired = false;
  const deadline = timer
    .run(() => sleep(`${minutes} minutes`, { summary: `Hard limit of the request: ${minutes} minutes` }))
    .then(() => {
      expired = true;
      scope.cancel();
    })
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  try {
    return await scope.run(work);
  } catch (error) {
    if (expired)
      throw applicationFailure('DEADLINE_EXCEEDED', `the run took longer than its ${minutes} minutes`);
    throw error;
  } finally {
    timer.cancel();
    await deadline;
  }
}
