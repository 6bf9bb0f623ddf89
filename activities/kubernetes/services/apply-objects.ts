/** Applies objects by server-side apply, where they are not there as they should be. */
import { ApiException, KubernetesObjectApi, PatchStrategy, type KubeConfig } from '@kubernetes/client-node';
import { fail } from '../../../domain/errors.js';
import { isNotFound, kubernetesError } from '../client.js';
import type { ClusterObject } from './cluster-object.js';
import { FIELD_MANAGER } from './labels.js';

const CONFLICT = 409;

/**
 * In their order: what is applied first is there for what follows.
 * @returns `Kind namespace/name` of those that were made or changed.
 * @throws `CLUSTER_OBJECT_TAKEN` when another field manager holds what we would set, `STEP_NOT_VERIFIED`,
 *   `KUBERNETES_UNREACHABLE`, `KUBERNETES_REJECTED`
 */
export async function applyObjects(config: KubeConfig, objects: readonly ClusterObject[]): Promise<string[]> {
  const api = KubernetesObjectApi.makeApiClient(config);
  const changed: string[] = [];
  for (const object of objects) {
    if (holds(await read(api, object), object)) continue;
    await apply(api, object);
    if (!holds(await read(api, object), object))
      throw fail('STEP_NOT_VERIFIED', `${nameOf(object)} is not as it was applied`);
    changed.push(nameOf(object));
  }
  return changed;
}

async function read(api: KubernetesObjectApi, object: ClusterObject): Promise<unknown> {
  const { apiVersion, kind, metadata } = object;
  try {
    return await api.read({ apiVersion, kind, metadata });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw kubernetesError(error);
  }
}

async function apply(api: KubernetesObjectApi, object: ClusterObject): Promise<void> {
  const strategy = PatchStrategy.ServerSideApply;
  try {
    await api.patch(object, undefined, undefined, FIELD_MANAGER, false, strategy);
  } catch (error) {
    if (!(error instanceof ApiException) || error.code !== CONFLICT) throw kubernetesError(error);
    const { message } = kubernetesError(error);
    throw fail('CLUSTER_OBJECT_TAKEN', `${nameOf(object)}: ${message}`, { cause: error });
  }
}

/** Whether all that is wanted is there; the API adds defaults, and changes nothing that it is given. */
function holds(present: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(present) &&
      present.length === wanted.length &&
      wanted.every((item, index) => holds(present[index], item))
    );
  }
  if (typeof wanted !== 'object' || wanted === null) return present === wanted;
  if (typeof present !== 'object' || present === null) {
    // An empty object says nothing, and is not always kept.
    return present === undefined && Object.keys(wanted).length === 0;
  }
  return Object.entries(wanted).every(([key, value]) => holds(present[key as keyof typeof present], value));
}

function nameOf({ kind, metadata }: ClusterObject): string {
  const { name, namespace } = metadata;
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
