/** StatefulSets: pods with names and volumes of their own, made and replaced one after the other. */
import type { Cluster } from '../cluster.js';
import { change, ensure } from '../api/writer.js';
import { isTerminating, objectKey } from '../model/kube-object.js';
import type { Pod, StatefulSet } from '../model/workloads.js';
import type { Controller } from './controller.js';
import { ownerKeys, ownKeys } from './control-loop.js';
import { createPod, isActive, isReady, ownerReference, podsOf, removePod } from './pods.js';
import { templateHash } from './template-hash.js';

const RESOURCE = 'statefulsets.apps';
const HASH_LABEL = 'controller-revision-hash';

export const statefulSets: Controller = {
  name: RESOURCE,
  *keys(changed) {
    yield* ownKeys(changed, RESOURCE);
    if (changed.resource === 'pods') yield* ownerKeys(changed, 'StatefulSet');
  },
  reconcile: (key, cluster) => {
    const set = cluster.store.at(RESOURCE, key) as StatefulSet | undefined;
    if (set === undefined || isTerminating(set)) return;
    const revision = `${set.metadata.name}-${templateHash(set.spec.template)}`;
    ensureRevision(cluster, set, revision);
    step(cluster, set, revision);
    report(cluster, set, revision);
  },
};

/** One step towards the wanted pods; the next one follows when this one has come to an end. */
function step(cluster: Cluster, set: StatefulSet, revision: string): void {
  const pods = new Map(podsOf(cluster, set).map((pod) => [ordinalOf(pod), pod]));
  const start = set.spec.ordinals?.start ?? 0;
  const end = start + (set.spec.replicas ?? 1);
  const isParallel = set.spec.podManagementPolicy === 'Parallel';
  for (let ordinal = start; ordinal < end; ordinal += 1) {
    const pod = pods.get(ordinal);
    if (pod === undefined) createMember(cluster, set, ordinal, revision);
    else if (!isActive(pod) && !isTerminating(pod)) removePod(cluster, pod);
    if ((pod === undefined || !isReady(pod)) && !isParallel) return;
  }
  const excess = [...pods.keys()]
    .filter((ordinal) => ordinal < start || ordinal >= end)
    .sort((a, b) => b - a);
  for (const ordinal of isParallel ? excess : excess.slice(0, 1)) {
    const pod = pods.get(ordinal);
    if (pod !== undefined && !isTerminating(pod)) removePod(cluster, pod);
  }
  if (excess.length === 0) replaceOutdated(cluster, set, [...pods.values()], revision);
}

/** From the highest ordinal down, as long as all are ready. */
function replaceOutdated(cluster: Cluster, set: StatefulSet, pods: readonly Pod[], revision: string): void {
  if (set.spec.updateStrategy?.type === 'OnDelete' || !pods.every(isReady)) return;
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const [last] = pods
    .filter((pod) => pod.metadata.labels?.[HASH_LABEL] !== revision && ordinalOf(pod) >= partition)
    .sort((a, b) => ordinalOf(b) - ordinalOf(a));
  if (last !== undefined) removePod(cluster, last);
}

function createMember(cluster: Cluster, set: StatefulSet, ordinal: number, revision: string): void {
  const { namespace = 'default' } = set.metadata;
  const name = `${set.metadata.name}-${ordinal}`;
  const claims = set.spec.volumeClaimTemplates ?? [];
  const volumes = claims.map((claim) => {
    const volume = claim.metadata?.name ?? 'data';
    const claimName = `${volume}-${name}`;
    const labels = { ...set.spec.selector.matchLabels };
    ensure(cluster, 'persistentvolumeclaims', {
      metadata: { name: claimName, namespace, labels },
      spec: claim.spec,
    });
    return { name: volume, persistentVolumeClaim: { claimName } };
  });
  const own = set.spec.template.spec?.volumes ?? [];
  createPod(cluster, set, set.spec.template, {
    name,
    labels: {
      [HASH_LABEL]: revision,
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
    },
    spec: {
      hostname: name,
      subdomain: set.spec.serviceName ?? '',
      ...(volumes.length + own.length > 0 ? { volumes: [...own, ...volumes] } : {}),
    },
  });
}

function ensureRevision(cluster: Cluster, set: StatefulSet, name: string): void {
  const { namespace = 'default' } = set.metadata;
  ensure(cluster, 'controllerrevisions.apps', {
    metadata: {
      name,
      namespace,
      labels: { ...set.spec.selector.matchLabels },
      ownerReferences: [ownerReference(set)],
    },
    data: { spec: { template: set.spec.template } },
    revision: set.metadata.generation ?? 1,
  });
}

function ordinalOf({ metadata }: Pod): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? 0);
}

function report(cluster: Cluster, set: StatefulSet, revision: string): void {
  const pods = podsOf(cluster, set).filter(isActive);
  const ready = pods.filter(isReady).length;
  const updated = pods.filter(({ metadata }) => metadata.labels?.[HASH_LABEL] === revision).length;
  const isComplete = updated === (set.spec.replicas ?? 1) && ready === updated;
  change<StatefulSet>(cluster, RESOURCE, objectKey(set), (draft) => {
    const before = isComplete ? revision : (draft.status.currentRevision ?? revision);
    draft.status = {
      observedGeneration: draft.metadata.generation ?? 1,
      replicas: pods.length,
      availableReplicas: ready,
      readyReplicas: ready,
      updatedReplicas: updated,
      currentReplicas: pods.filter(({ metadata }) => metadata.labels?.[HASH_LABEL] === before).length,
      currentRevision: before,
      updateRevision: revision,
      collisionCount: 0,
    };
  });
}
