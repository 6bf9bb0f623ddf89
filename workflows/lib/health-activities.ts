/** The activities of looking after clusters: a look is over soon, and what did not answer by then was not seen. */
import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type {
  GuestSightActivities,
  HealthRecordActivities,
  NodeSightActivities,
  VmSightActivities,
} from '../../activities/health/activities.js';
import { TASK_QUEUES } from '../../domain/task-queues.js';

/** Once: what is seen by a second attempt belongs to another moment than the rest. */
const LOOK = {
  startToCloseTimeout: '40 seconds',
  scheduleToCloseTimeout: '60 seconds',
  heartbeatTimeout: '10 seconds',
  retry: { maximumAttempts: 1 },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} as const satisfies ActivityOptions;

export const vmSights = proxyActivities<VmSightActivities>({ ...LOOK, taskQueue: TASK_QUEUES.proxmox });
export const nodeSights = proxyActivities<NodeSightActivities>({
  ...LOOK,
  taskQueue: TASK_QUEUES.kubernetes,
});
export const guestSights = proxyActivities<GuestSightActivities>({ ...LOOK, taskQueue: TASK_QUEUES.ssh });
export const healthRecords = proxyActivities<HealthRecordActivities>({
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '5 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '15 seconds' },
});
