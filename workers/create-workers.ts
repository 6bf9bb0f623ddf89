/** One worker a task queue: which activities it has, and how many of them run at once. */
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import { createKubernetesActivities } from '../activities/kubernetes/activities.js';
import { createLedgerActivities } from '../activities/ledger/activities.js';
import { createProxmoxActivities } from '../activities/proxmox/activities.js';
import { createProxmoxClient } from '../activities/proxmox/client.js';
import { createSshActivities } from '../activities/ssh/activities.js';
import { TASK_QUEUES } from '../domain/task-queues.js';
import type { WorkerConfiguration } from '../schema/configuration.js';
import type { Store } from '../store/store.js';
import { bundlePath } from './bundle.js';
import { errorInterceptor } from './error-interceptor.js';
import { heartbeatInterceptor } from './heartbeat-interceptor.js';

export interface WorkerDependencies {
  readonly configuration: WorkerConfiguration;
  readonly store: Store;
  readonly connection: NativeConnection;
}

export async function createWorkers({ configuration, store, connection }: WorkerDependencies): Promise<{
  readonly workers: readonly Worker[];
  readonly close: () => Promise<void>;
}> {
  const { limits, proxmox, machineProxyUrl: proxyUrl, vmidRange, isoStorage, k3sInstallUrl } = configuration;
  const client = createProxmoxClient({
    url: proxmox.url,
    token: `${proxmox.token.id}=${proxmox.token.secret}`,
    trust: proxmox.trust,
  });
  const shared = {
    connection,
    namespace: configuration.temporal.namespace,
    shutdownGraceTime: configuration.shutdownGraceSeconds * 1_000,
    // Cancellation reaches an activity with its heartbeats: the default would let a person wait for a minute.
    maxHeartbeatThrottleInterval: '2 seconds',
    interceptors: {
      activity: [() => ({ inbound: errorInterceptor }), () => ({ inbound: heartbeatInterceptor })],
    },
  } satisfies Partial<WorkerOptions>;
  const activityWorker = (taskQueue: string, activities: object, most: number): Promise<Worker> =>
    Worker.create({ ...shared, taskQueue, activities, maxConcurrentActivityTaskExecutions: most });

  const workers = await Promise.all([
    Worker.create({
      ...shared,
      taskQueue: TASK_QUEUES.workflows,
      workflowBundle: { codePath: bundlePath() },
      maxConcurrentWorkflowTaskExecutions: limits.workflowTasks,
      // How long a workflow waits for a worker that died before another one takes it over.
      stickyQueueScheduleToStartTimeout: '5 seconds',
      activities: createLedgerActivities({ store, vmidRange, isoStorage, k3sInstallUrl }),
    }),
    activityWorker(
      TASK_QUEUES.proxmox,
      createProxmoxActivities({ client, ledger: store.machines, vmidRange, isoStorage }),
      limits.proxmoxActivities,
    ),
    activityWorker(TASK_QUEUES.ssh, createSshActivities({ store, proxyUrl }), limits.sshActivities),
    activityWorker(
      TASK_QUEUES.kubernetes,
      createKubernetesActivities({ store, proxyUrl }),
      limits.kubernetesActivities,
    ),
  ]);
  return { workers, close: () => client.close() };
}
