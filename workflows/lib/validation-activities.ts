/** The activities of validations as their workflow calls them: nothing waits longer for one source than its soft limit. */
import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type {
  GuestValidation,
  KubernetesValidation,
  ProxmoxValidation,
} from '../../activities/validation/activities.js';
import type { ValidationRecordActivities } from '../../activities/validation/records.js';
import { TASK_QUEUES } from '../../domain/task-queues.js';

const RETRY = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '15 seconds' } as const;

/** After that the checks of the source are unknown, and the validation goes on without it. */
export const SOURCE_LIMIT_MINUTES = 10;

const DEFAULTS = {
  startToCloseTimeout: '8 minutes',
  scheduleToCloseTimeout: `${SOURCE_LIMIT_MINUTES} minutes`,
  heartbeatTimeout: '10 seconds',
  retry: { ...RETRY, maximumAttempts: 3 },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} as const satisfies ActivityOptions;

export const proxmoxValidation = proxyActivities<ProxmoxValidation>({
  ...DEFAULTS,
  taskQueue: TASK_QUEUES.proxmox,
});
export const guestValidation = proxyActivities<GuestValidation>({ ...DEFAULTS, taskQueue: TASK_QUEUES.ssh });
export const kubernetesValidation = proxyActivities<KubernetesValidation>({
  ...DEFAULTS,
  taskQueue: TASK_QUEUES.kubernetes,
});
/** The store is waited for: a result that was found is not lost. */
export const validationRecords = proxyActivities<ValidationRecordActivities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: RETRY,
});
