/** What Kubernetes says of all nodes of a cluster. */
import { CoreV1Api, type KubeConfig, type V1Node } from '@kubernetes/client-node';
import type { NodeSight, NodeSights } from '../../domain/health/sight.js';
import { isCordoned } from '../kubernetes/cordon.js';
import { lookedAt } from '../validation/looked-at.js';

/** An API that takes longer is as good as none: what it says would be old. */
const PATIENCE_MS = 15_000;

export async function lookAtNodes(
  configure: () => Promise<KubeConfig>,
  signal: AbortSignal,
): Promise<NodeSights> {
  const found = await lookedAt(signal, async () => {
    const config = await configure();
    return within(PATIENCE_MS, config.makeApiClient(CoreV1Api).listNode());
  });
  if (found.kind === 'unseen') return { nodes: null, unseen: [`Kubernetes: ${found.reason}`] };
  const nodes = found.value.items.map((node) => [node.metadata?.name ?? '', nodeSight(node)] as const);
  return { nodes: Object.fromEntries(nodes), unseen: [] };
}

function nodeSight(node: V1Node): NodeSight {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    state: ready?.status === 'True' ? 'ready' : ready?.status === 'False' ? 'not-ready' : 'silent',
    since: ready?.lastTransitionTime?.toISOString() ?? null,
    why: ready?.message ?? ready?.reason ?? 'its kubelet has not reported',
    cordoned: isCordoned(node),
  };
}

async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds / 1_000} s`)), milliseconds);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
