/** Deleting objects: finalizers, grace periods and what becomes of dependants. */
import type { Cluster } from '../cluster.js';
import { isTerminating, objectKey, timestamp, type KubeObject } from '../model/kube-object.js';
import { badRequest, conflict, StatusError } from '../model/status-error.js';
import type { Pod } from '../model/workloads.js';
import { resourceId, type ResourceKind } from '../registry/resource-kind.js';

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/ */
export interface DeleteOptions {
  readonly propagationPolicy?: string;
  readonly orphanDependents?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: readonly string[];
}

export interface Removal {
  readonly object: KubeObject;
  /** False while finalizers or a grace period hold it. */
  readonly isGone: boolean;
}

/** The API server itself would not work without them. */
const IMMORTAL_NAMESPACES: readonly string[] = ['default', 'kube-system', 'kube-public'];

const PROPAGATION_FINALIZERS: Readonly<Record<string, string | undefined>> = {
  Background: undefined,
  Foreground: 'foregroundDeletion',
  Orphan: 'orphan',
};

/** @throws StatusError 409 when a precondition does not hold, 403 for namespaces that always have to be there. */
export function removeObject(
  cluster: Cluster,
  kind: ResourceKind,
  current: KubeObject,
  options: DeleteOptions,
): Removal {
  checkPreconditions(kind, current, options);
  const policy = options.propagationPolicy ?? (options.orphanDependents === true ? 'Orphan' : 'Background');
  if (!Object.hasOwn(PROPAGATION_FINALIZERS, policy)) {
    throw badRequest(`invalid propagationPolicy "${policy}": must be one of Background, Foreground, Orphan`);
  }
  if (options.dryRun !== undefined && options.dryRun.length > 0) return { object: current, isGone: true };

  const id = resourceId(kind.group, kind.plural);
  const { name } = current.metadata;
  if (id === 'namespaces' && IMMORTAL_NAMESPACES.includes(name)) {
    throw new StatusError(
      'Forbidden',
      `namespaces "${name}" is forbidden: this namespace may not be deleted`,
    );
  }
  const finalizer = PROPAGATION_FINALIZERS[policy];
  const finalizers = [
    ...new Set([...(current.metadata.finalizers ?? []), ...(finalizer === undefined ? [] : [finalizer])]),
  ];
  const graceSeconds = id === 'pods' ? podGrace(current as Pod, options.gracePeriodSeconds) : 0;
  if (finalizers.length === 0 && graceSeconds === 0 && id !== 'namespaces') {
    return { object: cluster.store.delete(id, objectKey(current)) ?? current, isGone: true };
  }
  return { object: markTerminating(cluster, id, current, { finalizers, graceSeconds }), isGone: false };
}

function checkPreconditions(kind: ResourceKind, current: KubeObject, { preconditions }: DeleteOptions): void {
  const { name, uid, resourceVersion } = current.metadata;
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    throw conflict(
      kind,
      name,
      `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid}`,
    );
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const versions = `${preconditions.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`;
    throw conflict(kind, name, `Precondition failed: ResourceVersion in precondition: ${versions}`);
  }
}

/** A pod that runs nowhere has nothing to end gracefully. */
function podGrace({ spec, status }: Pod, asked: number | undefined): number {
  const isOver = status.phase === 'Succeeded' || status.phase === 'Failed';
  if (spec.nodeName === undefined || isOver) return 0;
  return Math.max(0, asked ?? spec.terminationGracePeriodSeconds ?? 30);
}

function markTerminating(
  cluster: Cluster,
  id: string,
  current: KubeObject,
  { finalizers, graceSeconds }: { readonly finalizers: string[]; readonly graceSeconds: number },
): KubeObject {
  const isSame = isTerminating(current) && current.metadata.deletionGracePeriodSeconds === graceSeconds;
  if (isSame && finalizers.length === (current.metadata.finalizers?.length ?? 0)) return current;
  const metadata = {
    ...current.metadata,
    deletionTimestamp: current.metadata.deletionTimestamp ?? timestamp(),
    deletionGracePeriodSeconds: graceSeconds,
    ...(finalizers.length > 0 ? { finalizers } : {}),
  };
  const status =
    id === 'namespaces' ? { status: { ...(current['status'] as object), phase: 'Terminating' } } : {};
  return cluster.store.put(id, { ...current, ...status, metadata });
}
