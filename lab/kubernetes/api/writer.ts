/** How the cluster's own parts write: by resource id and key, as the controllers of K3s. */
import type { Cluster } from '../cluster.js';
import { splitKey, type Draft, type KubeObject } from '../model/kube-object.js';
import { StatusError } from '../model/status-error.js';
import type { ResourceKind } from '../registry/resource-kind.js';
import { createObject } from './create.js';
import { removeObject, type DeleteOptions } from './remove.js';
import { updateObject } from './update.js';

const WRITE = { manager: 'k3s', withStatus: true } as const;

export function create(cluster: Cluster, resource: string, draft: Draft): KubeObject {
  return createObject(cluster, kindOf(cluster, resource), draft.metadata?.namespace, draft, WRITE);
}

/** Creates what is not there; leaves what is there as it is. */
export function ensure(cluster: Cluster, resource: string, draft: Draft): KubeObject {
  const { namespace, name } = draft.metadata ?? {};
  return cluster.store.get(resource, namespace, name ?? '') ?? create(cluster, resource, draft);
}

/** Changes a copy of the object, status and all; does nothing when there is none, or when nothing comes out different. */
export function change<T extends KubeObject>(
  cluster: Cluster,
  resource: string,
  key: string,
  edit: (draft: T) => void,
): void {
  const current = cluster.store.at(resource, key);
  if (current === undefined) return;
  const draft = structuredClone(current) as T;
  edit(draft);
  updateObject(cluster, kindOf(cluster, resource), current, draft, WRITE);
}

export function remove(cluster: Cluster, resource: string, key: string, options: DeleteOptions = {}): void {
  const current = cluster.store.at(resource, key);
  if (current !== undefined) removeObject(cluster, kindOf(cluster, resource), current, options);
}

/** Deletes at once what nobody is left to end gracefully, such as the pods of a machine that is gone. */
export function removeNow(cluster: Cluster, resource: string, key: string): void {
  remove(cluster, resource, key, { gracePeriodSeconds: 0 });
  const { namespace, name } = splitKey(key);
  const left = cluster.store.get(resource, namespace, name);
  if (left !== undefined && (left.metadata.finalizers?.length ?? 0) === 0)
    cluster.store.delete(resource, key);
}

function kindOf(cluster: Cluster, resource: string): ResourceKind {
  const kind = cluster.registry.storedKind(resource);
  if (kind === undefined) throw new StatusError('InternalError', `no such resource: ${resource}`);
  return kind;
}
