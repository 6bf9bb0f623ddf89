/** Takes nodes out of the API whose machines are known not to be there. */
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { kubernetesError } from './client.js';
import { ensureSchedulable } from './cordon.js';
import { nodeRemovalObjection } from './remove-node.js';

/**
 * Looks once. What a distribution keeps of a node, such as its password, goes with it: a new machine of the name can join.
 * @param keep names of the nodes whose machines are there.
 * @returns what is still there; `null` when nothing is.
 */
export async function staleNodesObjection(
  config: KubeConfig,
  keep: readonly string[],
  removed: (name: string) => void,
): Promise<string | null> {
  const objections: string[] = [];
  for (const name of await nodeNames(config)) {
    if (keep.includes(name)) continue;
    const uid = await ensureSchedulable(config, name, false);
    if (uid === null) continue;
    removed(name);
    const objection = await nodeRemovalObjection(config, { node: name, uid });
    if (objection !== null) objections.push(objection);
  }
  return objections.length === 0 ? null : objections.join('; ');
}

async function nodeNames(config: KubeConfig): Promise<string[]> {
  try {
    const { items } = await config.makeApiClient(CoreV1Api).listNode();
    return items.flatMap(({ metadata }) => metadata?.name ?? []);
  } catch (error) {
    throw kubernetesError(error);
  }
}
