/** Taints nodes by their condition, and sends away the pods that do not tolerate a taint. */
import type { Cluster } from '../cluster.js';
import { change, remove } from '../api/writer.js';
import { isTerminating, objectKey, timestamp } from '../model/kube-object.js';
import type { Node, Pod, Taint } from '../model/workloads.js';
import type { Controller } from './controller.js';
import { ownKeys } from './control-loop.js';
import { tolerates } from './placement.js';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const DERIVED = new Set([NOT_READY, UNREACHABLE, UNSCHEDULABLE]);

export const nodeLifecycle: Controller = {
  name: 'node-lifecycle',
  *keys(changed) {
    yield* ownKeys(changed, 'nodes');
    const { nodeName } = changed.resource === 'pods' ? (changed.object as Pod).spec : {};
    if (nodeName !== undefined && changed.type === 'ADDED') yield nodeName;
  },
  reconcile: (key, cluster) => {
    const node = cluster.store.at('nodes', key) as Node | undefined;
    if (node === undefined) return;
    taint(cluster, node);
    evict(cluster, key);
  },
};

function taint(cluster: Cluster, node: Node): void {
  change<Node>(cluster, 'nodes', node.metadata.name, (draft) => {
    const known = draft.spec.taints ?? [];
    const derived = derivedTaints(draft).map(
      (wanted) => known.find(({ key, effect }) => key === wanted.key && effect === wanted.effect) ?? wanted,
    );
    const taints = [...known.filter(({ key }) => !DERIVED.has(key)), ...derived];
    if (taints.length > 0) draft.spec.taints = taints;
    else delete draft.spec.taints;
  });
}

function derivedTaints({ spec, status }: Node): Taint[] {
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status;
  const key = ready === 'Unknown' ? UNREACHABLE : NOT_READY;
  return [
    ...(spec.unschedulable === true
      ? [{ key: UNSCHEDULABLE, effect: 'NoSchedule', timeAdded: timestamp() }]
      : []),
    ...(ready === 'True'
      ? []
      : [
          { key, effect: 'NoSchedule' },
          { key, effect: 'NoExecute', timeAdded: timestamp() },
        ]),
  ];
}

/** Pods that tolerate a taint for some time only are left where they are: the lab's clock does not evict. */
function evict(cluster: Cluster, name: string): void {
  const { spec } = cluster.store.at('nodes', name) as Node;
  const taints = (spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  if (taints.length === 0) return;
  for (const pod of cluster.store.list('pods') as Pod[]) {
    if (pod.spec.nodeName !== name || isTerminating(pod)) continue;
    if (!taints.every((each) => tolerates(pod.spec.tolerations, each)))
      remove(cluster, 'pods', objectKey(pod));
  }
}
