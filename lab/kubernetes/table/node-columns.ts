/** Columns of nodes, as `kubectl get nodes` shows them. */
import type { Condition, Node } from '../model/workloads.js';
import { AGE, column, NAME, wide, type Column } from './column.js';

const ROLE_PREFIX = 'node-role.kubernetes.io/';

export const NODE_COLUMNS: readonly Column[] = [
  NAME,
  column('Status', status),
  column('Roles', roles),
  AGE,
  column<Node>('Version', (node) => node.status.nodeInfo?.kubeletVersion ?? ''),
  wide(column<Node>('Internal-IP', (node) => address(node, 'InternalIP'))),
  wide(column<Node>('External-IP', (node) => address(node, 'ExternalIP'))),
  wide(column<Node>('OS-Image', (node) => node.status.nodeInfo?.osImage ?? '<unknown>')),
  wide(column<Node>('Kernel-Version', (node) => node.status.nodeInfo?.kernelVersion ?? '<unknown>')),
  wide(
    column<Node>('Container-Runtime', (node) => node.status.nodeInfo?.containerRuntimeVersion ?? '<unknown>'),
  ),
];

function status({ spec, status: { conditions = [] } }: Node): string {
  const ready = (conditions as Condition[]).find(({ type }) => type === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

function roles({ metadata }: Node): string {
  const found = Object.keys(metadata.labels ?? {})
    .filter((key) => key.startsWith(ROLE_PREFIX))
    .map((key) => key.slice(ROLE_PREFIX.length))
    .sort();
  return found.length === 0 ? '<none>' : found.join(',');
}

function address({ status: { addresses = [] } }: Node, kind: string): string {
  return addresses.find(({ type }) => type === kind)?.address ?? '<none>';
}
