/** Changing objects: what every kind has in common. */
import type { Cluster } from '../cluster.js';
import { sameJson } from '../model/json.js';
import {
  isTerminating,
  objectKey,
  type Draft,
  type KubeObject,
  type ObjectMeta,
} from '../model/kube-object.js';
import { conflict } from '../model/status-error.js';
import { recordUpdate } from '../patch/managed-fields.js';
import { groupVersion, resourceId, type ResourceKind } from '../registry/resource-kind.js';
import { checkHeader, metadataFaults, normalized, refuseFaults, type Write } from './create.js';
import type { Mutable } from './strategy.js';
import { strategyOf } from './strategies.js';

const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

/**
 * Replaces `current` by what `wanted` says. Nothing is written when that changes nothing.
 * @returns the object as it is then.
 * @throws StatusError 409 when `wanted` was made from an older version, 422 when it breaks a rule.
 */
export function updateObject(
  cluster: Cluster,
  kind: ResourceKind,
  current: KubeObject,
  wanted: Draft,
  write: Write,
): KubeObject {
  const given = normalized(kind, wanted);
  checkHeader(kind, current.metadata.namespace, given);
  checkPreconditions(kind, current, given.metadata ?? {});
  const id = resourceId(kind.group, kind.plural);
  const next = combine(kind, current, given, write);
  const strategy = strategyOf(id);
  if (write.subresource !== 'finalize') strategy.complete?.(next, cluster, current);
  if (write.subresource !== 'status') {
    refuseFaults(kind, next, [...metadataFaults(kind, next), ...(strategy.faults?.(next, current) ?? [])]);
  }
  if (sameJson(comparable(next), comparable(current)) && write.managedFields === undefined) return current;
  if (kind.counted && !sameJson(counted(next), counted(current))) {
    next.metadata.generation = (current.metadata.generation ?? 0) + 1;
  }
  next.metadata.managedFields =
    write.managedFields ?? recordUpdate(write, current, next, kind.custom !== undefined);
  if (write.dryRun === true) return next;
  return isFinished(next) ? (endObject(cluster, id, next) ?? next) : cluster.store.put(id, next);
}

/** True when nothing holds a terminating object any longer. */
export function isFinished(object: KubeObject): boolean {
  const { finalizers, deletionGracePeriodSeconds } = object.metadata;
  const held = (finalizers?.length ?? 0) > 0 || (deletionGracePeriodSeconds ?? 0) > 0;
  return isTerminating(object) && !held && namespaceFinalizers(object).length === 0;
}

/** Removes the object with its last state. */
function endObject(cluster: Cluster, id: string, last: KubeObject): KubeObject | undefined {
  return cluster.store.delete(id, objectKey(last));
}

function checkPreconditions(kind: ResourceKind, current: KubeObject, given: Partial<ObjectMeta>): void {
  const { name, uid, resourceVersion } = current.metadata;
  if (given.uid !== undefined && given.uid !== '' && given.uid !== uid) {
    throw conflict(
      kind,
      name,
      `Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${uid}`,
    );
  }
  const isStale =
    given.resourceVersion !== undefined &&
    given.resourceVersion !== '' &&
    given.resourceVersion !== resourceVersion;
  if (isStale) throw conflict(kind, name, MODIFIED);
}

function combine(
  kind: ResourceKind,
  current: KubeObject,
  wanted: Draft,
  { subresource, withStatus }: Write,
): Mutable {
  const header = { apiVersion: groupVersion(kind), kind: kind.kind };
  const copy = structuredClone(current);
  if (subresource === 'status') {
    return { ...copy, ...header, ...(wanted['status'] === undefined ? {} : { status: wanted['status'] }) };
  }
  if (subresource === 'finalize') return { ...copy, ...header, spec: wanted['spec'] };
  const { metadata: _metadata, apiVersion: _apiVersion, kind: _kind, status, ...content } = wanted;
  const keepsOldStatus = kind.subresources.includes('status') && withStatus !== true;
  const nextStatus = keepsOldStatus ? copy['status'] : status;
  return {
    ...header,
    metadata: combineMetadata(copy.metadata, wanted.metadata ?? {}),
    ...content,
    ...(nextStatus === undefined ? {} : { status: nextStatus }),
  };
}

function combineMetadata(current: ObjectMeta, wanted: Partial<ObjectMeta>): ObjectMeta {
  const {
    labels: _labels,
    annotations: _annotations,
    finalizers: _finalizers,
    ownerReferences: _owners,
    ...fixed
  } = current;
  const { labels, annotations, finalizers, ownerReferences } = wanted;
  // Nobody can hold on to an object that is already going.
  const isGoing = current.deletionTimestamp !== undefined;
  const kept = isGoing
    ? finalizers?.filter((finalizer) => current.finalizers?.includes(finalizer))
    : finalizers;
  return {
    ...fixed,
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(kept && { finalizers: kept }),
    ...(ownerReferences && { ownerReferences }),
  };
}

function namespaceFinalizers({ kind, spec }: KubeObject): readonly unknown[] {
  if (kind !== 'Namespace') return [];
  return (spec as { finalizers?: unknown[] } | undefined)?.finalizers ?? [];
}

/** Without what changes by itself with each write. */
function comparable(object: KubeObject): unknown {
  const { managedFields: _managedFields, resourceVersion: _resourceVersion, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** What `metadata.generation` counts the changes of. */
function counted(object: KubeObject): unknown {
  const { metadata: _metadata, status: _status, ...content } = object;
  return content;
}
