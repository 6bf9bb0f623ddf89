/** The Schedule on the Temporal server that looks after the certificates of a cluster. */
import type { ScheduleOptions } from '@temporalio/client';
import { scheduleIds, workflowIds } from '../domain/ids.js';
import { TASK_QUEUES } from '../domain/task-queues.js';
import { WORKFLOW_TYPES } from '../workflows/messages.js';

export function certificateSchedule(cluster: string): ScheduleOptions {
  return {
    scheduleId: scheduleIds.certificates(cluster),
    // All clusters at night, and no two of them at once.
    spec: { calendars: [{ hour: 4, minute: 10, comment: 'daily, UTC' }], jitter: '2 hours' },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPES.watchCertificates,
      workflowId: workflowIds.watchCertificates(cluster),
      taskQueue: TASK_QUEUES.workflows,
      args: [{ cluster }],
      staticSummary: `Look when the certificates of ${cluster} end`,
    },
    policies: { overlap: 'SKIP', catchupWindow: '1 day' },
  };
}
