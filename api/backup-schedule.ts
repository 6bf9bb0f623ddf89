/** The Schedule of a cluster's backups on the Temporal server. */
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import { scheduleIds, workflowIds } from '../domain/ids.js';
import { TASK_QUEUES } from '../domain/task-queues.js';
import { WORKFLOW_TYPES } from '../workflows/messages.js';

/** @param schedule five fields of cron, in UTC. */
export function backupSchedule(cluster: string, schedule: string): ScheduleOptions {
  return {
    scheduleId: scheduleIds.backup(cluster),
    spec: { cronExpressions: [schedule], jitter: '1 minute' },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPES.scheduledBackup,
      workflowId: workflowIds.scheduledBackup(cluster),
      taskQueue: TASK_QUEUES.workflows,
      args: [{ cluster }],
      staticSummary: `Ask for a backup of ${cluster}`,
    },
    // After a night without Temporal one backup is due, not one for each that was missed.
    policies: { overlap: 'SKIP', catchupWindow: '1 hour' },
  };
}

/** @param schedule five fields of cron, in UTC. */
export function drillSchedule(cluster: string, schedule: string): ScheduleOptions {
  return {
    scheduleId: scheduleIds.backupDrill(cluster),
    spec: { cronExpressions: [schedule], jitter: '1 minute' },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPES.scheduledDrill,
      workflowId: workflowIds.scheduledDrill(cluster),
      taskQueue: TASK_QUEUES.workflows,
      args: [{ cluster }],
      staticSummary: `Drill the newest backup of ${cluster}`,
    },
    policies: { overlap: 'SKIP', catchupWindow: '1 hour' },
  };
}

/** Safe to repeat. A schedule that somebody paused stays paused. */
export async function putSchedule(client: Client, schedule: ScheduleOptions): Promise<void> {
  try {
    await client.schedule.create(schedule);
    return;
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const { spec, action, policies, scheduleId } = schedule;
  await client.schedule
    .getHandle(scheduleId)
    .update(({ state }) => ({ spec, action, state, ...(policies === undefined ? {} : { policies }) }));
}

/** Removing what is not there is no error. */
export async function removeSchedule(client: Client, scheduleId: string): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
