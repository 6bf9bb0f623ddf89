/** Columns of pods, as `kubectl get pods` shows them. */
import { isTerminating } from '../model/kube-object.js';
import type { ContainerStatus, Pod } from '../model/workloads.js';
import { AGE, column, NAME, wide, type Column } from './column.js';

export const POD_COLUMNS: readonly Column[] = [
  NAME,
  column<Pod>(
    'Ready',
    (pod) => `${statuses(pod).filter(({ ready }) => ready).length}/${pod.spec.containers.length}`,
  ),
  column('Status', status),
  column<Pod>('Restarts', (pod) =>
    String(statuses(pod).reduce((sum, { restartCount }) => sum + restartCount, 0)),
  ),
  AGE,
  wide(column<Pod>('IP', (pod) => pod.status.podIP ?? '<none>')),
  wide(column<Pod>('Node', (pod) => pod.spec.nodeName ?? '<none>')),
  wide(column<Pod>('Nominated Node', (pod) => pod.status.nominatedNodeName ?? '<none>')),
  wide(column('Readiness Gates', () => '<none>')),
];

function statuses(pod: Pod): readonly ContainerStatus[] {
  return pod.status.containerStatuses ?? [];
}

function status(pod: Pod): string {
  if (isTerminating(pod)) return 'Terminating';
  const waiting = statuses(pod).find(({ state }) => state?.waiting?.reason !== undefined)?.state?.waiting
    ?.reason;
  if (waiting !== undefined) return waiting;
  const ended = statuses(pod).find(({ state }) => state?.terminated?.reason !== undefined)?.state?.terminated
    ?.reason;
  return ended ?? pod.status.reason ?? pod.status.phase ?? 'Unknown';
}
