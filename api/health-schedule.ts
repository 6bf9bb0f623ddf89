/** The Schedule of the looks at a cluster on the Temporal server. */
import type { ScheduleOptions } from '@temporalio/client';
import { scheduleIds, workflowIds } from '../domain/ids.js';
import { TASK_QUEUES } from '../domain/task-queues.js';
import { WORKFLOW_TYPES } from '../workflows/messages.js';

export function healthSchedule(cluster: string, intervalSeconds: number): ScheduleOptions {
  return {
    scheduleId: scheduleIds.health(cluster),
    spec: { intervals: [{ every: `${intervalSeconds} seconds` }] },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPES.checkHealth,
      workflowId: workflowIds.checkHealth(cluster),
      taskQueue: TASK_QUEUES.workflows,
      args: [{ cluster }],
      staticSummary: `Look at the machines of ${cluster}`,
      // One that hangs must not keep the next ones from looking.
      workflowExecutionTimeout: '10 minutes',
    },
    // After a standstill one look is due: what was missed says nothing of now.
    policies: { overlap: 'SKIP', catchupWindow: '10 seconds' },
  };
}
