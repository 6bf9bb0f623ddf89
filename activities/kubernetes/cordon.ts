/** Whether a node takes new pods. */
import {
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type KubeConfig,
  type V1Node,
} from '@kubernetes/client-node';
import { fail } from '../../domain/errors.js';
import { isNotFound, kubernetesError } from './client.js';

/**
 * Makes the node take no new pods, or take them again.
 * @returns the node's UID; `null` where there is no such node, which takes none either.
 * @throws `NODE_NOT_READY` when a node that is not there is to take pods, `STEP_NOT_VERIFIED`,
 *   `KUBERNETES_UNREACHABLE`, `KUBERNETES_REJECTED`
 */
export async function ensureSchedulable(
  config: KubeConfig,
  name: string,
  isSchedulable: boolean,
): Promise<string | null> {
  const node = await findNode(config, name);
  if (node === undefined) {
    if (isSchedulable) throw fail('NODE_NOT_READY', `there is no node ${name}`);
    return null;
  }
  if (isCordoned(node) !== isSchedulable) return uidOf(node);
  // Taking pods is the absence of the field, as `kubectl uncordon` leaves it.
  const body = { spec: { unschedulable: isSchedulable ? null : true } };
  try {
    await config
      .makeApiClient(CoreV1Api)
      .patchNode({ name, body }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
  } catch (error) {
    if (isNotFound(error) && !isSchedulable) return null;
    throw kubernetesError(error);
  }
  const after = await findNode(config, name);
  if (after !== undefined && isCordoned(after) === isSchedulable) {
    throw fail('STEP_NOT_VERIFIED', `node ${name} was changed, and somebody changed it back`);
  }
  return after === undefined ? null : uidOf(after);
}

export function isCordoned({ spec }: V1Node): boolean {
  return spec?.unschedulable === true;
}

export function uidOf({ metadata }: V1Node): string {
  return metadata?.uid ?? '';
}

/** @throws `KUBERNETES_UNREACHABLE`, `KUBERNETES_REJECTED` */
export async function findNode(config: KubeConfig, name: string): Promise<V1Node | undefined> {
  try {
    return await config.makeApiClient(CoreV1Api).readNode({ name });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw kubernetesError(error);
  }
}
