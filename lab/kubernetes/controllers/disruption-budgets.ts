/** PodDisruptionBudgets: how many of the selected pods may be evicted now. */
import type { Cluster } from '../cluster.js';
import { change } from '../api/writer.js';
import { controllerOf, objectKey } from '../model/kube-object.js';
import { matchesLabels, selectorOf } from '../model/label-selector.js';
import { scaledValue } from '../model/quantity.js';
import type { Pod, PodDisruptionBudget, ReplicaSet } from '../model/workloads.js';
import { setCondition, type Condition } from '../model/workloads.js';
import { timestamp } from '../model/kube-object.js';
import type { Controller } from './controller.js';
import { ownKeys } from './control-loop.js';
import { isActive, isReady } from './pods.js';

const RESOURCE = 'poddisruptionbudgets.policy';

export interface Disruptions {
  readonly expectedPods: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly disruptionsAllowed: number;
}

export const disruptionBudgets: Controller = {
  name: RESOURCE,
  *keys(changed, cluster) {
    yield* ownKeys(changed, RESOURCE);
    if (changed.resource !== 'pods') return;
    for (const budget of budgetsOf(cluster, changed.object as Pod)) yield objectKey(budget);
  },
  reconcile: (key, cluster) => {
    const budget = cluster.store.at(RESOURCE, key) as PodDisruptionBudget | undefined;
    if (budget === undefined) return;
    const disruptions = disruptionsOf(cluster, budget);
    change<PodDisruptionBudget>(cluster, RESOURCE, key, (draft) => {
      const conditions: Condition[] = (draft.status.conditions ??= []);
      const isAllowed = disruptions.disruptionsAllowed > 0;
      const [status, reason] = isAllowed ? ['True', 'SufficientPods'] : ['False', 'InsufficientPods'];
      setCondition(conditions, { type: 'DisruptionAllowed', status, reason, message: '' }, timestamp());
      Object.assign(draft.status, disruptions, { observedGeneration: draft.metadata.generation ?? 1 });
    });
  },
};

export function budgetsOf(cluster: Cluster, pod: Pod): PodDisruptionBudget[] {
  const all = cluster.store.list(RESOURCE, pod.metadata.namespace) as PodDisruptionBudget[];
  return all.filter(({ spec }) => matchesLabels(selectorOf(spec.selector), pod.metadata.labels));
}

/** Counted anew, not read from the status: of two evictions at once the second must see the first. */
export function disruptionsOf(cluster: Cluster, { metadata, spec }: PodDisruptionBudget): Disruptions {
  const selector = selectorOf(spec.selector);
  const pods = (cluster.store.list('pods', metadata.namespace) as Pod[]).filter(
    (pod) => isActive(pod) && matchesLabels(selector, pod.metadata.labels),
  );
  const expectedPods = expectedCount(cluster, pods);
  const currentHealthy = pods.filter(isReady).length;
  const desiredHealthy =
    spec.maxUnavailable === undefined
      ? scaledValue(spec.minAvailable ?? 1, expectedPods, Math.ceil)
      : Math.max(0, expectedPods - scaledValue(spec.maxUnavailable, expectedPods, Math.ceil));
  const disruptionsAllowed = expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  return { expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed };
}

/** The sum of what the controllers of the pods ask for; a pod without one counts for itself. */
function expectedCount(cluster: Cluster, pods: readonly Pod[]): number {
  const controllers = new Set<string>();
  let count = 0;
  for (const pod of pods) {
    const ref = cluster.store.findByUid(controllerOf(pod)?.uid ?? '');
    const replicas = ref && (cluster.store.at(ref.resource, ref.key) as ReplicaSet).spec.replicas;
    if (ref === undefined || replicas === undefined) count += 1;
    else if (!controllers.has(ref.resource + ref.key)) {
      controllers.add(ref.resource + ref.key);
      count += replicas;
    }
  }
  return count;
}
