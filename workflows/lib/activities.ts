/** The activities as workflows call them: one proxy a task queue, each with the reason why it may be retried. */
import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { EtcdActivities } from '../../activities/etcd/activities.js';
import type { ClusterServiceActivities } from '../../activities/kubernetes/services/activities.js';
import type { BackupActivities } from '../../activities/backup/activities.js';
import type { GateActivities } from '../../activities/gates/activities.js';
import type { CertificateActivities } from '../../activities/certificates/activities.js';
import type { KubernetesActivities } from '../../activities/kubernetes/activities.js';
import type { LedgerActivities } from '../../activities/ledger/activities.js';
import type { NetworkActivities } from '../../activities/network/activities.js';
import type { PlanningActivities } from '../../activities/planning/plan-cluster.js';
import type { ProxmoxActivities } from '../../activities/proxmox/activities.js';
import type { SecretRotation } from '../../activities/secrets/activities.js';
import type { SshActivities } from '../../activities/ssh/activities.js';
import type { TalosActivities } from '../../activities/talos/activities.js';
import type { OkdActivities } from '../../activities/okd/activities.js';
import type { DnsActivities } from '../../activities/dns/activities.js';
import { TASK_QUEUES } from '../../domain/task-queues.js';

const RETRY = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '15 seconds' } as const;

/**
 * Each activity looks first whether its effect is there, so that any of them may be tried again.
 * The worker heartbeats for them: when it dies, another one takes over after `heartbeatTimeout`.
 */
const DEFAULTS = {
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '10 seconds',
  retry: RETRY,
  // An undo must not begin while the act still runs.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} as const satisfies ActivityOptions;

export const ledger = proxyActivities<LedgerActivities>({ ...DEFAULTS, startToCloseTimeout: '1 minute' });
export const planning = proxyActivities<PlanningActivities>({ ...DEFAULTS, startToCloseTimeout: '1 minute' });
export const proxmox = proxyActivities<ProxmoxActivities>({ ...DEFAULTS, taskQueue: TASK_QUEUES.proxmox });
export const ssh = proxyActivities<
  SshActivities & NetworkActivities & TalosActivities & OkdActivities & DnsActivities
>({
  ...DEFAULTS,
  taskQueue: TASK_QUEUES.ssh,
});
export const etcd = proxyActivities<EtcdActivities>({ ...DEFAULTS, taskQueue: TASK_QUEUES.ssh });
export const certificates = proxyActivities<CertificateActivities>({
  ...DEFAULTS,
  taskQueue: TASK_QUEUES.ssh,
});
export const rotation = proxyActivities<SecretRotation>({ ...DEFAULTS, taskQueue: TASK_QUEUES.ssh });
/** A large cluster over a slow line takes hours; heartbeats tell that bytes flow. */
export const backups = proxyActivities<BackupActivities>({
  ...DEFAULTS,
  startToCloseTimeout: '12 hours',
  taskQueue: TASK_QUEUES.ssh,
});
export const kubernetes = proxyActivities<KubernetesActivities & ClusterServiceActivities & GateActivities>({
  ...DEFAULTS,
  taskQueue: TASK_QUEUES.kubernetes,
});
