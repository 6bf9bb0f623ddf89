/** One worker a task queue: which activities it has, and how many of them run at once. */
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createHostActivities } from '../activities/hosts/activities.js';
import { createEtcdActivities } from '../activities/etcd/activities.js';
import { createBackupActivities } from '../activities/backup/activities.js';
import { createGateActivities } from '../activities/gates/activities.js';
import {
  createGuestSightActivities,
  createHealthRecordActivities,
  createNodeSightActivities,
  createVmSightActivities,
} from '../activities/health/activities.js';
import { createCertificateActivities } from '../activities/certificates/activities.js';
import { createKubernetesActivities } from '../activities/kubernetes/activities.js';
import { createClusterServiceActivities } from '../activities/kubernetes/services/activities.js';
import { createLedgerActivities } from '../activities/ledger/activities.js';
import { createNetworkActivities } from '../activities/network/activities.js';
import { createPlanningActivities } from '../activities/planning/plan-cluster.js';
import { createProxmoxActivities } from '../activities/proxmox/activities.js';
import { createProxmoxClient } from '../activities/proxmox/client.js';
import { createDnsActivities } from '../activities/dns/activities.js';
import { createOkdActivities } from '../activities/okd/activities.js';
import { createRemovalActivities } from '../activities/removal/activities.js';
import { createTalosActivities } from '../activities/talos/activities.js';
import { createSecretRotation } from '../activities/secrets/activities.js';
import { createSshActivities } from '../activities/ssh/activities.js';
import {
  createGuestValidation,
  createKubernetesValidation,
  createProxmoxValidation,
} from '../activities/validation/activities.js';
import { createValidationRecords } from '../activities/validation/records.js';
import { TASK_QUEUES } from '../domain/task-queues.js';
import type { WorkerConfiguration } from '../schema/configuration.js';
import type { Store } from '../store/store.js';
import { bundlePath } from './bundle.js';
import { errorInterceptor } from './error-interceptor.js';
import { heartbeatInterceptor } from './heartbeat-interceptor.js';
import type { Metrics } from './metrics.js';

export interface WorkerDependencies {
  readonly configuration: WorkerConfiguration;
  readonly store: Store;
  readonly connection: NativeConnection;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export async function createWorkers({
  configuration,
  store,
  connection,
  metrics,
  log,
}: WorkerDependencies): Promise<{
  readonly workers: readonly Worker[];
  readonly close: () => Promise<void>;
}> {
  const { limits, proxmox, csi, machineProxyUrl: proxyUrl, bootUrl } = configuration;
  const { vmidRange, isoStorage, importStorage, k3sInstallUrl } = configuration;
  const { rke2InstallUrl, kubernetesPackagesUrl, serviceImage, machineStorage, datastores } = configuration;
  const settings = {
    ...{ vmidRange, isoStorage, importStorage, serviceImage, machineStorage, bootUrl },
    ...{ k3sInstallUrl, rke2InstallUrl, kubernetesPackagesUrl, kubeVipImage: configuration.kubeVipImage },
  };
  const ledger = createLedgerActivities({
    store,
    vmidRange,
    isoStorage,
    k3sInstallUrl,
    imageKeepDays: configuration.imageKeepDays,
  });
  const keyAlgorithms = new Map([...configuration.dnsKeys].map(([name, { algorithm }]) => [name, algorithm]));
  const client = createProxmoxClient({
    endpoints: proxmox.endpoints,
    token: `${proxmox.token.id}=${proxmox.token.secret}`,
    breaker: proxmox.breaker,
    observer: {
      ...metrics.clientObserver,
      breakerChanged: (change) => {
        metrics.clientObserver.breakerChanged?.(change);
        log.warn(change, 'a circuit breaker of Proxmox VE changed its state');
      },
    },
  });
  metrics.watch({
    breakers: () => client.breakers(),
    permits: store.permits,
    certificates: store.certificates,
  });
  const limiter = metrics.metered(store.permits);
  const shared = {
    connection,
    namespace: configuration.temporal.namespace,
    shutdownGraceTime: configuration.shutdownGraceSeconds * 1_000,
    // Cancellation reaches an activity with its heartbeats: the default would let a person wait for a minute.
    maxHeartbeatThrottleInterval: '2 seconds',
    interceptors: {
      activity: [
        () => ({ inbound: errorInterceptor }),
        ({ info }) => ({ inbound: metrics.activityInterceptor(info.activityType) }),
        () => ({ inbound: heartbeatInterceptor }),
      ],
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
      activities: {
        ...ledger,
        ...createPlanningActivities({
          ...{ store, settings, datastores, csiTokens: csi.tokens, dnsKeys: keyAlgorithms },
          ...ledger,
        }),
        ...createValidationRecords({ store }),
        ...createHostActivities({ store }),
        ...createRemovalActivities({ store }),
        ...createHealthRecordActivities({
          store,
          observer: {
            ...metrics.healthObserver,
            stormBegan: (decision) => {
              metrics.healthObserver.stormBegan(decision);
              log.error({ summary: decision.summary }, 'many clusters are unwell at once: nothing is healed');
            },
          },
        }),
      },
    }),
    activityWorker(
      TASK_QUEUES.proxmox,
      {
        ...createProxmoxActivities({
          client,
          ledger: store.machines,
          images: store.images,
          boots: store.boots,
          secrets: store.secrets,
          bootUrl,
          limiter,
          orphans: store.orphans,
          orphanGraceMinutes: configuration.orphanGraceMinutes,
          vmidRange,
          isoStorage,
          importStorage,
        }),
        ...createProxmoxValidation({ client, ledger: store.machines }),
        ...createVmSightActivities({ client, ledger: store.machines }),
      },
      limits.proxmoxActivities,
    ),
    activityWorker(
      TASK_QUEUES.ssh,
      {
        ...createSshActivities({ store, proxyUrl }),
        ...createNetworkActivities({ proxyUrl }),
        ...createTalosActivities({ store, proxyUrl }),
        ...createEtcdActivities({ store, proxyUrl }),
        ...createOkdActivities({ store, proxyUrl, pullSecrets: configuration.pullSecrets }),
        ...createDnsActivities({ store, proxyUrl, keys: configuration.dnsKeys }),
        ...createBackupActivities({
          ...{ store, proxyUrl, masterKey: configuration.secretsKey },
          ...configuration.backup,
        }),
        ...createGuestValidation({ store, proxyUrl }),
        ...createGuestSightActivities({ store, proxyUrl }),
        ...createCertificateActivities({ store, proxyUrl }),
        ...createSecretRotation({ store, proxyUrl }),
      },
      limits.sshActivities,
    ),
    activityWorker(
      TASK_QUEUES.kubernetes,
      {
        ...createKubernetesActivities({ store, proxyUrl }),
        ...createGateActivities({ store, proxyUrl }),
        ...createClusterServiceActivities({
          ...{ store, proxyUrl, csiTokens: csi.tokens, imageMirror: configuration.clusterImageMirror },
          proxmox: { url: csi.proxmoxUrl, caCertificate: csi.caCertificate },
        }),
        ...createKubernetesValidation({ store, proxyUrl, imageMirror: configuration.clusterImageMirror }),
        ...createNodeSightActivities({ store, proxyUrl }),
      },
      limits.kubernetesActivities,
    ),
  ]);
  return { workers, close: () => client.close() };
}
