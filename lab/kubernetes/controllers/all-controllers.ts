/** The controllers of a control plane. */
import { createCsiDrivers } from '../csi/csi-drivers.js';
import { packagedCharts } from '../addons/packaged-charts.js';
import { certificateRequests } from './certificate-requests.js';
import type { Controller } from './controller.js';
import { daemonSets } from './daemon-sets.js';
import { deployments } from './deployments.js';
import { disruptionBudgets } from './disruption-budgets.js';
import { endpoints } from './endpoints.js';
import { garbageCollector } from './garbage-collector.js';
import { jobs } from './jobs.js';
import { createKubelets } from './kubelets.js';
import { loadBalancers } from './load-balancers.js';
import { namespaces } from './namespaces.js';
import { nodeLifecycle } from './node-lifecycle.js';
import { replicaSets, replicationControllers } from './replica-sets.js';
import { scheduler } from './scheduler.js';
import { statefulSets } from './stateful-sets.js';
import { tokenSecrets } from './token-secrets.js';
import { volumes } from './volumes.js';

export function createControllers(): Controller[] {
  return [
    namespaces,
    tokenSecrets,
    nodeLifecycle,
    deployments,
    replicaSets,
    replicationControllers,
    daemonSets,
    statefulSets,
    jobs,
    volumes,
    createCsiDrivers(),
    scheduler,
    createKubelets(),
    endpoints,
    loadBalancers,
    disruptionBudgets,
    certificateRequests,
    garbageCollector,
    packagedCharts,
  ];
}
