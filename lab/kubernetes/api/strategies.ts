/** Which strategy belongs to which resource. */
import { definitionStrategy } from './definition-strategy.js';
import {
  bindingStrategy,
  claimStrategy,
  configMapStrategy,
  disruptionBudgetStrategy,
  ingressStrategy,
  namespaceStrategy,
  nodeStrategy,
  roleStrategy,
  secretStrategy,
} from './other-strategies.js';
import { podStrategy } from './pod-strategy.js';
import { serviceStrategy } from './service-strategy.js';
import type { Strategy } from './strategy.js';
import {
  daemonSetStrategy,
  deploymentStrategy,
  jobStrategy,
  replicaSetStrategy,
  replicationControllerStrategy,
  statefulSetStrategy,
} from './workload-strategies.js';

const STRATEGIES: ReadonlyMap<string, Strategy> = new Map(
  Object.entries({
    pods: podStrategy,
    services: serviceStrategy,
    namespaces: namespaceStrategy,
    nodes: nodeStrategy,
    secrets: secretStrategy,
    configmaps: configMapStrategy,
    persistentvolumeclaims: claimStrategy,
    replicationcontrollers: replicationControllerStrategy,
    'deployments.apps': deploymentStrategy,
    'replicasets.apps': replicaSetStrategy,
    'daemonsets.apps': daemonSetStrategy,
    'statefulsets.apps': statefulSetStrategy,
    'jobs.batch': jobStrategy,
    'ingresses.networking.k8s.io': ingressStrategy,
    'poddisruptionbudgets.policy': disruptionBudgetStrategy,
    'roles.rbac.authorization.k8s.io': roleStrategy,
    'clusterroles.rbac.authorization.k8s.io': roleStrategy,
    'rolebindings.rbac.authorization.k8s.io': bindingStrategy,
    'clusterrolebindings.rbac.authorization.k8s.io': bindingStrategy,
    'customresourcedefinitions.apiextensions.k8s.io': definitionStrategy,
  }),
);

const PLAIN: Strategy = {};

/** @param id such as `pods` or `deployments.apps`. */
export function strategyOf(id: string): Strategy {
  return STRATEGIES.get(id) ?? PLAIN;
}
