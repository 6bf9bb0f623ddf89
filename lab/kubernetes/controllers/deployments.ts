/** Deployments: a ReplicaSet for each version of the template, and rolling from one to the next. */
import type { Cluster } from '../cluster.js';
import { change, create, remove } from '../api/writer.js';
import { controllerOf, isTerminating, objectKey } from '../model/kube-object.js';
import { scaledValue } from '../model/quantity.js';
import type { Deployment, ReplicaSet } from '../model/workloads.js';
import type { Controller } from './controller.js';
import { ownerKeys, ownKeys } from './control-loop.js';
import { reportDeployment } from './deployment-status.js';
import { recordEvent } from './events.js';
import { ownerReference, podsOf } from './pods.js';
import { templateHash } from './template-hash.js';

const RESOURCE = 'deployments.apps';
const SETS = 'replicasets.apps';
const REVISION = 'deployment.kubernetes.io/revision';
const HASH_LABEL = 'pod-template-hash';
/** Belongs to kubectl's own bookkeeping, and not to a version of the template. */
const NOT_COPIED = new Set(['kubectl.kubernetes.io/last-applied-configuration', REVISION]);

export const deployments: Controller = {
  name: RESOURCE,
  *keys(changed) {
    yield* ownKeys(changed, RESOURCE);
    if (changed.resource === SETS) yield* ownerKeys(changed, 'Deployment');
  },
  reconcile: (key, cluster) => {
    const deployment = cluster.store.at(RESOURCE, key) as Deployment | undefined;
    if (deployment === undefined || isTerminating(deployment)) return;
    const sets = setsOf(cluster, deployment);
    const hash = templateHash(deployment.spec.template);
    const found = sets.find(({ metadata }) => metadata.labels?.[HASH_LABEL] === hash);
    const isPaused = deployment.spec.paused === true;
    const current =
      found ?? (isPaused ? undefined : createSet(cluster, deployment, hash, nextRevision(sets)));
    const old = sets.filter((set) => set.metadata.uid !== current?.metadata.uid);
    if (current !== undefined) {
      takeRevision(cluster, deployment, current, old);
      if (isPaused) scaleTo(cluster, deployment, current, deployment.spec.replicas ?? 1);
      else roll(cluster, deployment, current, old);
    }
    forgetOldSets(cluster, deployment, old);
    reportDeployment(cluster, deployment, {
      all: setsOf(cluster, deployment),
      currentUid: current?.metadata.uid,
    });
  },
};

function setsOf(cluster: Cluster, deployment: Deployment): ReplicaSet[] {
  return cluster.store
    .dependantsOf(deployment.metadata.uid)
    .filter(({ resource }) => resource === SETS)
    .map(({ key }) => cluster.store.at(SETS, key) as ReplicaSet)
    .filter((set) => controllerOf(set)?.uid === deployment.metadata.uid);
}

function createSet(cluster: Cluster, deployment: Deployment, hash: string, revision: number): ReplicaSet {
  const { metadata, spec } = deployment;
  const label = { [HASH_LABEL]: hash };
  const labels = { ...spec.template.metadata?.labels, ...label };
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key));
  return create(cluster, SETS, {
    metadata: {
      name: `${metadata.name}-${hash}`,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels,
      annotations: { ...Object.fromEntries(annotations), [REVISION]: String(revision) },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      replicas: 0,
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, ...label } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  }) as ReplicaSet;
}

function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}

function nextRevision(sets: readonly ReplicaSet[]): number {
  return Math.max(0, ...sets.map(revisionOf)) + 1;
}

/** A version that is gone back to becomes the newest revision. */
function takeRevision(
  cluster: Cluster,
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): void {
  const revision = old.some((set) => revisionOf(set) > revisionOf(current))
    ? nextRevision(old)
    : revisionOf(current);
  const annotate = (draft: ReplicaSet | Deployment): void => {
    draft.metadata.annotations = { ...draft.metadata.annotations, [REVISION]: String(revision) };
  };
  change<ReplicaSet>(cluster, SETS, objectKey(current), annotate);
  change<Deployment>(cluster, RESOURCE, objectKey(deployment), annotate);
}

/** One step of the rollout; the next one follows when pods have come or gone. */
function roll(
  cluster: Cluster,
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): void {
  const wanted = deployment.spec.replicas ?? 1;
  const running = current.spec.replicas ?? 0;
  const isRecreate = deployment.spec.strategy?.type === 'Recreate';
  if (isRecreate) {
    for (const set of old) scaleTo(cluster, deployment, set, 0);
    if (old.every((set) => podsOf(cluster, set).length === 0)) scaleTo(cluster, deployment, current, wanted);
    return;
  }
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, wanted, Math.ceil);
  const unavailable = scaledValue(maxUnavailable, wanted, Math.floor);
  const total = [...old, current].reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0);
  // Both at zero would never move.
  const most = wanted + (surge === 0 && unavailable === 0 ? 1 : surge);
  const target = old.length === 0 ? wanted : Math.min(wanted, running + Math.max(0, most - total));
  scaleTo(cluster, deployment, current, target);

  const available = [...old, current].reduce((sum, { status }) => sum + (status.availableReplicas ?? 0), 0);
  const unhealthy = (set: ReplicaSet): number =>
    (set.spec.replicas ?? 0) - (set.status.availableReplicas ?? 0);
  let dispensable = Math.max(0, available - (wanted - unavailable));
  for (const set of [...old].sort((a, b) => revisionOf(a) - revisionOf(b))) {
    const replicas = set.spec.replicas ?? 0;
    const fewer = Math.min(replicas, Math.max(0, unhealthy(set)) + dispensable);
    dispensable -= Math.max(0, fewer - Math.max(0, unhealthy(set)));
    scaleTo(cluster, deployment, set, replicas - fewer);
  }
}

function scaleTo(cluster: Cluster, deployment: Deployment, set: ReplicaSet, replicas: number): void {
  const before = set.spec.replicas ?? 0;
  if (before === replicas) return;
  change<ReplicaSet>(cluster, SETS, objectKey(set), (draft) => {
    draft.spec.replicas = replicas;
  });
  const direction = replicas > before ? 'up' : 'down';
  const message = `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`;
  recordEvent(cluster, deployment, {
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    message,
    source: 'deployment-controller',
  });
}

function forgetOldSets(cluster: Cluster, deployment: Deployment, old: readonly ReplicaSet[]): void {
  const empty = old.filter(({ spec, status }) => spec.replicas === 0 && status.replicas === 0);
  const excess = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
  const oldest = empty.sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, excess));
  for (const set of oldest) remove(cluster, SETS, objectKey(set));
}
