/** What Temporal starts by itself, and when. */
import type { ScheduleOptions } from '@temporalio/client';
import { scheduleIds, workflowIds } from '../domain/ids.js';
import { TASK_QUEUES } from '../domain/task-queues.js';

/** A tick that comes while the one before still works is left out: the next one does what is left. */
const POLICIES = { overlap: 'SKIP', catchupWindow: '1 hour' } as const;

/** Each is applied as a whole; only whether it is paused belongs to the people who run the service. */
export const SCHEDULES: readonly ScheduleOptions[] = [
  {
    scheduleId: scheduleIds.collectImages,
    // At night, and not on the minute at which everybody's jobs run.
    spec: { calendars: [{ hour: 3, minute: 30, comment: 'daily, UTC' }], jitter: '10 minutes' },
    action: {
      type: 'startWorkflow',
      workflowType: 'collectImages',
      workflowId: workflowIds.collectImages,
      taskQueue: TASK_QUEUES.workflows,
      args: [],
      staticSummary: 'Remove images that no cluster uses',
    },
    policies: POLICIES,
  },
  {
    scheduleId: scheduleIds.sweep,
    spec: { calendars: [{ hour: '*', minute: 17, comment: 'hourly' }], jitter: '5 minutes' },
    action: {
      type: 'startWorkflow',
      workflowType: 'sweep',
      workflowId: workflowIds.sweep,
      taskQueue: TASK_QUEUES.workflows,
      // It only reports: what is removed is for a person to say.
      args: [{ remove: null }],
      staticSummary: 'Look for what was left behind',
    },
    policies: POLICIES,
  },
];
