/** DaemonSets: one pod on each node that takes it. */
import type { Cluster } from '../cluster.js';
import { change } from '../api/writer.js';
import { isTerminating, objectKey } from '../model/kube-object.js';
import type { DaemonSet, Node, Pod, PodSpec, Toleration } from '../model/workloads.js';
import type { Controller } from './controller.js';
import { ownerKeys, ownKeys } from './control-loop.js';
import { selectsNode, untolerated } from './placement.js';
import { createPod, isActive, isReady, podsOf, removePod } from './pods.js';
import { templateHash } from './template-hash.js';

const RESOURCE = 'daemonsets.apps';
const HASH_LABEL = 'controller-revision-hash';

/** Daemons run where others are kept from (https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/). */
const TOLERATIONS: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
/** Nodes that are not ready are waited for, not left out. */
const ANY_NOT_READY: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists' },
];

export const daemonSets: Controller = {
  name: RESOURCE,
  *keys(changed, cluster) {
    yield* ownKeys(changed, RESOURCE);
    if (changed.resource === 'pods') yield* ownerKeys(changed, 'DaemonSet');
    if (changed.resource === 'nodes') for (const set of cluster.store.list(RESOURCE)) yield objectKey(set);
  },
  reconcile: (key, cluster) => {
    const set = cluster.store.at(RESOURCE, key) as DaemonSet | undefined;
    if (set === undefined || isTerminating(set)) return;
    const hash = templateHash(set.spec.template);
    const nodes = (cluster.store.list('nodes') as Node[])
      .filter((node) => takes(set, node))
      .map(({ metadata }) => metadata.name);
    const pods = podsOf(cluster, set);
    for (const pod of pods)
      if (!nodes.includes(pod.spec.nodeName ?? '') && isActive(pod)) removePod(cluster, pod);
    for (const node of nodes)
      tend(cluster, set, { node, hash, pods: pods.filter(({ spec }) => spec.nodeName === node) });
    replaceOutdated(cluster, set, hash);
    report(cluster, set, nodes, hash);
  },
};

function takes(set: DaemonSet, node: Node): boolean {
  const { spec = { containers: [] } } = set.spec.template;
  const tolerant: PodSpec = {
    ...spec,
    tolerations: [...(spec.tolerations ?? []), ...TOLERATIONS, ...ANY_NOT_READY],
  };
  return untolerated(tolerant, node) === undefined && selectsNode(spec, node);
}

function tend(
  cluster: Cluster,
  set: DaemonSet,
  { node, hash, pods }: { readonly node: string; readonly hash: string; readonly pods: readonly Pod[] },
): void {
  if (pods.length > 0) {
    for (const pod of pods) if (!isActive(pod) && !isTerminating(pod)) removePod(cluster, pod);
    return;
  }
  const tolerations = [...(set.spec.template.spec?.tolerations ?? []), ...TOLERATIONS];
  createPod(cluster, set, set.spec.template, {
    labels: { [HASH_LABEL]: hash },
    nodeName: node,
    spec: { tolerations },
  });
}

/** One at a time: the next goes when all are ready again. */
function replaceOutdated(cluster: Cluster, set: DaemonSet, hash: string): void {
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  const pods = podsOf(cluster, set);
  const outdated = pods.filter((pod) => isActive(pod) && pod.metadata.labels?.[HASH_LABEL] !== hash);
  const unready = outdated.find((pod) => !isReady(pod));
  if (unready !== undefined) removePod(cluster, unready);
  else if (outdated[0] !== undefined && pods.every(isReady)) removePod(cluster, outdated[0]);
}

function report(cluster: Cluster, set: DaemonSet, nodes: readonly string[], hash: string): void {
  const pods = podsOf(cluster, set).filter((pod) => isActive(pod) && nodes.includes(pod.spec.nodeName ?? ''));
  const ready = pods.filter(isReady).length;
  const updated = pods.filter(({ metadata }) => metadata.labels?.[HASH_LABEL] === hash).length;
  change<DaemonSet>(cluster, RESOURCE, objectKey(set), (draft) => {
    draft.status = {
      observedGeneration: draft.metadata.generation ?? 1,
      currentNumberScheduled: pods.length,
      desiredNumberScheduled: nodes.length,
      numberMisscheduled: 0,
      numberReady: ready,
      numberAvailable: ready,
      updatedNumberScheduled: updated,
      ...(nodes.length > ready ? { numberUnavailable: nodes.length - ready } : {}),
    };
  });
}
