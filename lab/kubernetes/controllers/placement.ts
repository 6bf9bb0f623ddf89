/** Which nodes a pod may run on: taints, selectors, affinity and room. */
import type { Cluster } from '../cluster.js';
import { matchesLabels, selectorOf } from '../model/label-selector.js';
import { parseQuantity } from '../model/quantity.js';
import {
  hasCondition,
  type Node,
  type Pod,
  type PodSpec,
  type Taint,
  type Toleration,
} from '../model/workloads.js';

export function tolerates(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return (tolerations ?? []).some(
    ({ key, operator, value, effect }) =>
      (effect === undefined || effect === '' || effect === taint.effect) &&
      (key === undefined || key === '' ? operator === 'Exists' : key === taint.key) &&
      (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
  );
}

/** The first taint that keeps the pod away. */
export function untolerated(spec: PodSpec, node: Node): Taint | undefined {
  return node.spec.taints?.find(
    (taint) => taint.effect !== 'PreferNoSchedule' && !tolerates(spec.tolerations, taint),
  );
}

/** `nodeSelector` and required node affinity. */
export function selectsNode(spec: PodSpec, node: Node): boolean {
  if (!matchesLabels(selectorOf({ matchLabels: spec.nodeSelector ?? {} }), node.metadata.labels))
    return false;
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (terms === undefined) return true;
  return terms.some(({ matchExpressions, matchFields }) => {
    const labels = selectorOf({ matchExpressions: matchExpressions ?? [] });
    const fields = selectorOf({ matchExpressions: matchFields ?? [] });
    const ownFields = { 'metadata.name': node.metadata.name };
    return matchesLabels(labels, node.metadata.labels) && matchesLabels(fields, ownFields);
  });
}

/** @param onNode the pods that run there already. @returns why there is no room, or `undefined`. */
export function lacksRoom(pod: Pod, node: Node, onNode: readonly Pod[]): string | undefined {
  const allocatable = node.status.allocatable ?? {};
  if (onNode.length >= (parseQuantity(allocatable['pods']) ?? Infinity)) return 'Too many pods';
  for (const resource of ['cpu', 'memory']) {
    const wanted = requested(pod, resource);
    if (wanted === 0) continue;
    const used = onNode.reduce((sum, other) => sum + requested(other, resource), 0);
    if (used + wanted > (parseQuantity(allocatable[resource]) ?? Infinity)) return `Insufficient ${resource}`;
  }
  return undefined;
}

/** Required anti-affinity of the pod itself: no selected pod in the same topology domain. */
export function isRepelled(pod: Pod, node: Node, cluster: Cluster): boolean {
  const terms = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms.some(({ labelSelector, topologyKey, namespaces }) => {
    const selector = selectorOf(labelSelector);
    const domain = node.metadata.labels?.[topologyKey];
    const within = namespaces ?? [pod.metadata.namespace ?? 'default'];
    const others = cluster.store.list('pods') as Pod[];
    return others.some((other) => {
      const isSelected =
        within.includes(other.metadata.namespace ?? '') && matchesLabels(selector, other.metadata.labels);
      if (!isSelected || other.metadata.uid === pod.metadata.uid || other.spec.nodeName === undefined)
        return false;
      const at = cluster.store.at('nodes', other.spec.nodeName);
      return domain !== undefined && at?.metadata.labels?.[topologyKey] === domain;
    });
  });
}

export function isNodeReady(node: Node | undefined): node is Node {
  return node !== undefined && hasCondition(node, 'Ready');
}

function requested(pod: Pod, resource: string): number {
  return pod.spec.containers.reduce((sum, { resources }) => {
    const amount = resources?.requests?.[resource] ?? resources?.limits?.[resource];
    return sum + (parseQuantity(amount) ?? 0);
  }, 0);
}
