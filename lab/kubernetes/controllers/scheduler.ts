/** Gives pods a node: of those that may take it, the one with the fewest pods. */
import type { Cluster } from '../cluster.js';
import { change } from '../api/writer.js';
import { isTerminating, keyOf, objectKey, timestamp } from '../model/kube-object.js';
import { setCondition, type Condition, type Node, type Pod } from '../model/workloads.js';
import type { Controller } from './controller.js';
import { recordEvent } from './events.js';
import { isNodeReady, isRepelled, lacksRoom, selectsNode, untolerated } from './placement.js';
import { isActive } from './pods.js';

const NAME = 'default-scheduler';

export const scheduler: Controller = {
  name: NAME,
  *keys(changed, cluster) {
    const { resource, type, object } = changed;
    if (resource === 'pods' && type !== 'DELETED' && isWaiting(object as Pod)) yield objectKey(object);
    // A node, room on a node, or a volume may be what other pods wait for.
    const makesRoom = resource === 'pods' && (type === 'DELETED' || !isActive(object as Pod));
    if (!makesRoom && resource !== 'nodes' && resource !== 'persistentvolumeclaims') return;
    for (const pod of cluster.store.list('pods') as Pod[]) if (isWaiting(pod)) yield objectKey(pod);
  },
  reconcile: (key, cluster) => {
    const pod = cluster.store.at('pods', key) as Pod | undefined;
    if (pod === undefined || !isWaiting(pod)) return;
    const missing = missingClaim(cluster, pod);
    if (missing !== undefined) {
      reject(cluster, pod, `persistentvolumeclaim "${missing}" not found`);
      return;
    }
    const nodes = cluster.store.list('nodes') as Node[];
    const pods = podsByNode(cluster);
    const objections = new Map<string, number>();
    const fitting = nodes.filter((node) => {
      const objection = objectionTo(pod, node, pods.get(node.metadata.name) ?? [], cluster);
      if (objection !== undefined) objections.set(objection, (objections.get(objection) ?? 0) + 1);
      return objection === undefined;
    });
    const load = (node: Node): number => pods.get(node.metadata.name)?.length ?? 0;
    const [best] = fitting.sort((a, b) => load(a) - load(b));
    if (best !== undefined) bind(cluster, pod, best.metadata.name);
    else reject(cluster, pod, explain(nodes.length, objections));
  },
};

/** Puts the pod on the node; also what the `binding` subresource does. */
export function bind(cluster: Cluster, pod: Pod, nodeName: string): void {
  change<Pod>(cluster, 'pods', objectKey(pod), (draft) => {
    draft.spec.nodeName = nodeName;
    setCondition((draft.status.conditions ??= []), { type: 'PodScheduled', status: 'True' }, timestamp());
    const condition = draft.status.conditions.find(({ type }) => type === 'PodScheduled');
    delete condition?.reason;
    delete condition?.message;
  });
  const message = `Successfully assigned ${objectKey(pod)} to ${nodeName}`;
  recordEvent(cluster, pod, { type: 'Normal', reason: 'Scheduled', message, source: NAME });
}

function isWaiting(pod: Pod): boolean {
  const { nodeName, schedulerName, schedulingGates } = pod.spec;
  const isOurs = nodeName === undefined && schedulerName === NAME && (schedulingGates?.length ?? 0) === 0;
  return isOurs && !isTerminating(pod) && isActive(pod);
}

function missingClaim(cluster: Cluster, { metadata, spec }: Pod): string | undefined {
  const names = (spec.volumes ?? []).map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName);
  return names.find(
    (name) =>
      name !== undefined &&
      cluster.store.at('persistentvolumeclaims', keyOf(metadata.namespace, name)) === undefined,
  );
}

function podsByNode(cluster: Cluster): Map<string, Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of cluster.store.list('pods') as Pod[]) {
    const { nodeName } = pod.spec;
    if (nodeName === undefined || !isActive(pod)) continue;
    const known = byNode.get(nodeName) ?? [];
    known.push(pod);
    byNode.set(nodeName, known);
  }
  return byNode;
}

function objectionTo(pod: Pod, node: Node, onNode: readonly Pod[], cluster: Cluster): string | undefined {
  if (!isNodeReady(node)) return 'node(s) were not ready';
  const taint = untolerated(pod.spec, node);
  if (taint?.key === 'node.kubernetes.io/unschedulable') return 'node(s) were unschedulable';
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  if (!selectsNode(pod.spec, node)) return "node(s) didn't match Pod's node affinity/selector";
  if (isRepelled(pod, node, cluster)) return "node(s) didn't match pod anti-affinity rules";
  return lacksRoom(pod, node, onNode);
}

function explain(nodes: number, objections: ReadonlyMap<string, number>): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const parts = [...objections].map(([objection, count]) => `${count} ${objection}`);
  return `0/${nodes} nodes are available: ${parts.join(', ')}.`;
}

function reject(cluster: Cluster, pod: Pod, message: string): void {
  const condition: Condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  const known = pod.status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (known?.message === message) return;
  change<Pod>(cluster, 'pods', objectKey(pod), (draft) => {
    setCondition((draft.status.conditions ??= []), condition, timestamp());
  });
  recordEvent(cluster, pod, { type: 'Warning', reason: 'FailedScheduling', message, source: NAME });
}
