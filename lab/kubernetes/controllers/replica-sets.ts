/** ReplicaSets and the older ReplicationControllers: as many pods as they ask for. */
import type { Cluster } from '../cluster.js';
import { change, remove as removeObject } from '../api/writer.js';
import { isTerminating, objectKey, type KubeObject } from '../model/kube-object.js';
import { matchesLabels, selectorOf, type LabelSelectorObject } from '../model/label-selector.js';
import type { Pod, ReplicaSet } from '../model/workloads.js';
import type { Controller } from './controller.js';
import { ownerKeys, ownKeys } from './control-loop.js';
import {
  byDispensability,
  createPods,
  isActive,
  isReady,
  ownerReference,
  podsOf,
  removePod,
} from './pods.js';

export const replicaSets = replicaController('replicasets.apps', 'ReplicaSet', (set) => set.spec.selector);

export const replicationControllers = replicaController(
  'replicationcontrollers',
  'ReplicationController',
  (set) => ({
    matchLabels: set.spec.selector as unknown as Record<string, string>,
  }),
);

function replicaController(
  resource: string,
  kind: string,
  selector: (set: ReplicaSet) => LabelSelectorObject,
): Controller {
  return {
    name: resource,
    *keys(changed) {
      yield* ownKeys(changed, resource);
      if (changed.resource === 'pods') yield* ownerKeys(changed, kind);
    },
    reconcile: (key, cluster) => {
      const set = cluster.store.at(resource, key) as ReplicaSet | undefined;
      if (set === undefined) return;
      if (!isTerminating(set)) {
        adoptOrphans(cluster, set, selector(set));
        scale(cluster, set);
      }
      reportStatus(cluster, resource, set);
    },
  };
}

/** Pods that the selector matches and that nobody controls, as after a deletion with `--cascade=orphan`. */
function adoptOrphans(cluster: Cluster, set: ReplicaSet, selector: LabelSelectorObject): void {
  // Nobody else makes pods before the first of its own: looking through all pods once is enough.
  if (set.status.observedGeneration !== undefined) return;
  const wanted = selectorOf(selector);
  for (const pod of cluster.store.list('pods', set.metadata.namespace) as Pod[]) {
    const isOrphan = !pod.metadata.ownerReferences?.some(({ controller }) => controller === true);
    if (!isOrphan || !isActive(pod) || !matchesLabels(wanted, pod.metadata.labels)) continue;
    change<KubeObject>(cluster, 'pods', objectKey(pod), (draft) => {
      draft.metadata.ownerReferences = [...(draft.metadata.ownerReferences ?? []), ownerReference(set)];
    });
  }
}

function scale(cluster: Cluster, set: ReplicaSet): void {
  const pods = podsOf(cluster, set);
  for (const pod of pods)
    if (!isActive(pod) && !isTerminating(pod)) removeObject(cluster, 'pods', objectKey(pod));
  const active = pods.filter(isActive);
  const missing = (set.spec.replicas ?? 1) - active.length;
  if (missing > 0 && set.spec.template !== undefined) createPods(cluster, set, set.spec.template, missing);
  for (const pod of active.sort(byDispensability).slice(0, Math.max(0, -missing))) removePod(cluster, pod);
}

function reportStatus(cluster: Cluster, resource: string, set: ReplicaSet): void {
  const active = podsOf(cluster, set).filter(isActive);
  const ready = active.filter(isReady).length;
  change<ReplicaSet>(cluster, resource, objectKey(set), (draft) => {
    draft.status = {
      replicas: active.length,
      ...(active.length > 0 ? { fullyLabeledReplicas: active.length } : {}),
      ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
      observedGeneration: draft.metadata.generation ?? 1,
    };
  });
}
