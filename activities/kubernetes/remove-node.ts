/** Takes the Node object of a machine that has left out of the API. */
import { ApiException, CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { fail } from '../../domain/errors.js';
import { isNotFound, kubernetesError } from './client.js';
import { findNode, isCordoned, uidOf } from './cordon.js';

export interface NodeRemoval {
  readonly node: string;
  /** Of the node that was drained; without it any cordoned node of this name is meant. */
  readonly uid?: string | null;
}

const CONFLICT = 409;

/**
 * Looks once, and removes the node where it is the one that is meant. A distribution may hold it until it has taken its
 * own things out, such as the member of etcd.
 * @returns what still speaks against it being gone; `null` when it is gone.
 * @throws `NODE_NOT_THE_SAME` when another node has the name, `NODE_NOT_CORDONED`, `KUBERNETES_UNREACHABLE`,
 *   `KUBERNETES_REJECTED`
 */
export async function nodeRemovalObjection(
  config: KubeConfig,
  { node: name, uid = null }: NodeRemoval,
): Promise<string | null> {
  const node = await findNode(config, name);
  if (node === undefined) return null;
  const found = uidOf(node);
  if (uid !== null && found !== uid) {
    throw fail('NODE_NOT_THE_SAME', `node ${name} has the UID ${found}, and ${uid} was drained`);
  }
  if (!isCordoned(node)) throw fail('NODE_NOT_CORDONED', `node ${name} still takes pods`);
  if (node.metadata?.deletionTimestamp === undefined) await remove(config, name, found);
  const after = await findNode(config, name);
  if (after === undefined || uidOf(after) !== found) return null;
  const held = after.metadata?.finalizers ?? [];
  return `node ${name} is held by ${held.length === 0 ? 'the API' : held.join(', ')}`;
}

/** Only as it was seen: a node that registers anew meanwhile has another UID. */
async function remove(config: KubeConfig, name: string, uid: string): Promise<void> {
  try {
    await config.makeApiClient(CoreV1Api).deleteNode({ name, body: { preconditions: { uid } } });
  } catch (error) {
    const isOther = error instanceof ApiException && error.code === CONFLICT;
    if (!isOther && !isNotFound(error)) throw kubernetesError(error);
  }
}
