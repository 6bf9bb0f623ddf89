import { expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { randomUUID } from 'node:crypto';
import { TASK_QUEUES } from '../../domain/task-queues.js';
import type { plan } from '../../workflows/plan.js';
import { aDefinition } from '../builders/definition.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { useWorld } from './world.js';

const world = useWorld();

/**
 * The error of our own that a plan failed with.
 * @param ended told when it has: a worker waits for its activities before it ends.
 */
async function failureOfPlan(
  activities: FakeActivities,
  ended: () => void = () => {},
): Promise<ApplicationFailure> {
  return world.bed.run(activities, async () => {
    const planning = world.bed.environment.client.workflow.execute<typeof plan>('plan', {
      workflowId: `plan/${randomUUID()}`,
      taskQueue: TASK_QUEUES.workflows,
      args: [{ definition: aDefinition() }],
    });
    let cause: unknown = await planning.catch((error: unknown) =>
      error instanceof WorkflowFailedError ? error.cause : error,
    );
    ended();
    while (cause instanceof Error && !(cause instanceof ApplicationFailure)) cause = cause.cause;
    if (!(cause instanceof ApplicationFailure)) throw new Error(`no failure of ours: ${String(cause)}`);
    return cause;
  });
}

test('a Proxmox VE that says nothing is said to be the reason', async () => {
  const activities = new FakeActivities();
  let answer: () => void = () => {};
  const silence = new Promise<void>((resolve) => {
    answer = resolve;
  });
  activities.on('observeInventory', () => silence);

  const failure = await failureOfPlan(activities, answer);

  expect(failure).toMatchObject({
    type: 'PROXMOX_UNREACHABLE',
    message: 'Proxmox VE did not say within 15 seconds what is there',
  });
});

test('what Proxmox VE says is told as it is', async () => {
  const activities = new FakeActivities();
  activities.on('observeInventory', () => {
    throw activityError('PROXMOX_PERMISSION', 'Sys.Audit is missing');
  });

  const failure = await failureOfPlan(activities);

  expect(failure).toMatchObject({ type: 'PROXMOX_PERMISSION', message: 'Sys.Audit is missing' });
});
