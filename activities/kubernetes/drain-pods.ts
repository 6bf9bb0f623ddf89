/** Which pods of a node a drain is about, and what is lost with them. */
import type { V1Node, V1Pod } from '@kubernetes/client-node';

export type DrainPart =
  /** It stays, or nothing of it is left to send away. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'to-evict' }
  /** It is on its way, and is waited for. */
  | { readonly kind: 'ending' }
  /** It is on its way, and nobody is there to say that it has ended. */
  | { readonly kind: 'unconfirmed' };

/** Of static pods, which the kubelet itself brings back. */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/** @param isHeard whether the node's kubelet answers: only it can say that a pod has ended. */
export function drainPart({ metadata, status }: V1Pod, isHeard: boolean): DrainPart {
  if (metadata?.annotations?.[MIRROR_ANNOTATION] !== undefined) return { kind: 'ignored' };
  if (controllerKind(metadata) === 'DaemonSet') return { kind: 'ignored' };
  if (metadata?.deletionTimestamp !== undefined) return { kind: isHeard ? 'ending' : 'unconfirmed' };
  // Its containers have ended for good.
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return { kind: 'ignored' };
  return { kind: 'to-evict' };
}

/** What nobody brings back once the pod is gone. */
export function lossesOf(pod: V1Pod): string[] {
  const title = podTitle(pod);
  const losses: string[] = [];
  if (controllerKind(pod.metadata) === undefined)
    losses.push(`${title} belongs to no controller, so nothing starts it again`);
  const scratch = (pod.spec?.volumes ?? []).filter(({ emptyDir }) => emptyDir !== undefined);
  if (scratch.length > 0) {
    losses.push(`${title} loses what is in its emptyDir ${scratch.map(({ name }) => name).join(', ')}`);
  }
  return losses;
}

/** `namespace/name` */
export function podTitle({ metadata }: V1Pod): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

/** Its status is Unknown once the control plane has not heard of the kubelet for a while. */
export function isKubeletHeard({ status }: V1Node): boolean {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status !== 'Unknown';
}

function controllerKind(metadata: V1Pod['metadata']): string | undefined {
  return metadata?.ownerReferences?.find(({ controller }) => controller === true)?.kind;
}
