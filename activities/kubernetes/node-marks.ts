/** Gives a node labels and taints through the API, and takes none away. */
import {
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type KubeConfig,
  type V1Node,
  type V1Taint,
} from '@kubernetes/client-node';
import { fail } from '../../domain/errors.js';
import type { Taint } from '../../domain/cluster-definition.js';
import { isNotFound, kubernetesError } from './client.js';

export interface NodeMarks {
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

/** @throws `NODE_NOT_READY` when there is no such node, `STEP_NOT_VERIFIED`, `KUBERNETES_UNREACHABLE`, `KUBERNETES_REJECTED` */
export async function ensureNodeMarks(config: KubeConfig, marks: NodeMarks): Promise<void> {
  const node = await readNode(config, marks.node);
  if (isMarked(node, marks)) return;
  const kept = (node.spec?.taints ?? []).filter(({ key, effect }) => !hasTaint(marks.taints, key, effect));
  const body = {
    // The taints are a list that is replaced as a whole: only if nobody has changed it meanwhile.
    metadata: { labels: marks.labels, resourceVersion: node.metadata?.resourceVersion },
    ...(marks.taints.length === 0 ? {} : { spec: { taints: [...kept, ...marks.taints] } }),
  };
  try {
    await config
      .makeApiClient(CoreV1Api)
      .patchNode({ name: marks.node, body }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
  } catch (error) {
    throw kubernetesError(error);
  }
  if (!isMarked(await readNode(config, marks.node), marks)) {
    throw fail(
      'STEP_NOT_VERIFIED',
      `node ${marks.node} does not have the labels and taints that it was given`,
    );
  }
}

async function readNode(config: KubeConfig, name: string): Promise<V1Node> {
  try {
    return await config.makeApiClient(CoreV1Api).readNode({ name });
  } catch (error) {
    if (isNotFound(error)) throw fail('NODE_NOT_READY', `node ${name} has not joined yet`);
    throw kubernetesError(error);
  }
}

function isMarked({ metadata, spec }: V1Node, { labels, taints }: NodeMarks): boolean {
  const present: readonly V1Taint[] = spec?.taints ?? [];
  return (
    Object.entries(labels).every(([key, value]) => metadata?.labels?.[key] === value) &&
    taints.every(({ key, value, effect }) =>
      present.some((one) => one.key === key && one.effect === effect && (one.value ?? '') === value),
    )
  );
}

function hasTaint(taints: readonly Taint[], key: string, effect: string): boolean {
  return taints.some((one) => one.key === key && one.effect === effect);
}
