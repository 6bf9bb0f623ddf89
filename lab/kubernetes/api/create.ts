/** Creating objects: what every kind has in common. */
import { randomUUID } from 'node:crypto';
import type { Cluster } from '../cluster.js';
import { isJsonObject, withoutNulls } from '../model/json.js';
import {
  isTerminating,
  timestamp,
  type Draft,
  type KubeObject,
  type ManagedFieldsEntry,
  type ObjectMeta,
} from '../model/kube-object.js';
import {
  alreadyExists,
  badRequest,
  invalid,
  notFound,
  StatusError,
  type FieldFault,
} from '../model/status-error.js';
import { recordUpdate } from '../patch/managed-fields.js';
import { groupVersion, resourceId, type ResourceKind } from '../registry/resource-kind.js';
import { generateName, labelFaults, nameFaults } from './names.js';
import { required, type Mutable } from './strategy.js';
import { strategyOf } from './strategies.js';

export interface Write {
  readonly manager: string;
  readonly subresource?: string;
  /** Everything is checked and answered, and nothing is stored. */
  readonly dryRun?: boolean;
  /** Entries that a server-side apply worked out. */
  readonly managedFields?: ManagedFieldsEntry[];
  /** The status of the draft is kept: the writer is a part of the cluster itself. */
  readonly withStatus?: boolean;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isTextMap = (value: unknown): boolean => isJsonObject(value) && Object.values(value).every(isText);

const SHAPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: isText,
  generateName: isText,
  namespace: isText,
  uid: isText,
  resourceVersion: isText,
  labels: isTextMap,
  annotations: isTextMap,
  finalizers: (value) => Array.isArray(value) && value.every(isText),
  ownerReferences: (value) =>
    Array.isArray(value) && value.every((item) => isJsonObject(item) && isText(item['uid'])),
};

/** @throws StatusError when the object may not be made like that; 409 when there is one of this name. */
export function createObject(
  cluster: Cluster,
  kind: ResourceKind,
  namespace: string | undefined,
  draft: Draft,
  write: Write,
): KubeObject {
  const given = normalized(kind, draft);
  checkHeader(kind, namespace, given);
  const metadata = newMetadata(kind, namespace, given.metadata ?? {});
  if (namespace !== undefined) checkNamespace(cluster, kind, namespace, metadata.name);
  const id = resourceId(kind.group, kind.plural);
  if (cluster.store.get(id, namespace, metadata.name) !== undefined) throw alreadyExists(kind, metadata.name);

  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, status, ...content } = given;
  const object: Mutable = { apiVersion: groupVersion(kind), kind: kind.kind, metadata, ...content };
  const strategy = strategyOf(id);
  strategy.complete?.(object, cluster, undefined);
  const keepsStatus = write.withStatus === true || !kind.subresources.includes('status');
  if (keepsStatus && status !== undefined) object['status'] = status;
  else if (strategy.initialStatus !== undefined) object['status'] = strategy.initialStatus(object);
  refuseFaults(kind, object, [
    ...metadataFaults(kind, object),
    ...(strategy.faults?.(object, undefined) ?? []),
  ]);
  metadata.managedFields =
    write.managedFields ?? recordUpdate(write, undefined, object, kind.custom !== undefined);
  return write.dryRun === true ? object : cluster.store.put(id, object);
}

/** A copy of the draft. Custom kinds may have fields that are null on purpose. */
export function normalized(kind: ResourceKind, draft: Draft): Draft {
  if (kind.custom === undefined) return withoutNulls(draft);
  return { ...structuredClone(draft), ...(draft.metadata && { metadata: withoutNulls(draft.metadata) }) };
}

/** @throws StatusError 400 when the body is of another kind or for another namespace than the address. */
export function checkHeader(kind: ResourceKind, namespace: string | undefined, draft: Draft): void {
  const expected = groupVersion(kind);
  if (draft.apiVersion !== undefined && draft.apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${draft.apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  if (draft.kind !== undefined && draft.kind !== kind.kind) {
    throw badRequest(`${draft.kind} in version "${expected}" cannot be handled as a ${kind.kind}`);
  }
  if (draft.metadata !== undefined && !isJsonObject(draft.metadata))
    throw badRequest('metadata must be an object');
  if (draft.metadata !== undefined) checkShape(draft.metadata);
  const named = draft.metadata?.namespace;
  if (named !== undefined && named !== '' && named !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** Metadata is worked with before the rules of the kind are looked at, so it must be what the types say. */
function checkShape(metadata: Readonly<Record<string, unknown>>): void {
  for (const [field, isFine] of Object.entries(SHAPES)) {
    const value = metadata[field];
    if (value !== undefined && value !== null && !isFine(value)) {
      throw badRequest(`json: cannot unmarshal ${typeof value} into the field metadata.${field}`);
    }
  }
}

export function metadataFaults(kind: ResourceKind, { metadata }: KubeObject): FieldFault[] {
  return [...nameFaults(kind, metadata.name), ...labelFaults(metadata.labels, 'metadata.labels')];
}

export function refuseFaults(kind: ResourceKind, object: KubeObject, faults: readonly FieldFault[]): void {
  if (faults.length > 0) throw invalid(kind, object.metadata.name, faults);
}

function newMetadata(
  kind: ResourceKind,
  namespace: string | undefined,
  given: Partial<ObjectMeta>,
): ObjectMeta {
  if (given.resourceVersion !== undefined && given.resourceVersion !== '') {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  const { generateName: prefix, labels, annotations, finalizers, ownerReferences } = structuredClone(given);
  const name = given.name !== undefined && given.name !== '' ? given.name : prefix && generateName(prefix);
  if (name === undefined || name === '') {
    throw invalid(kind, '', [required('metadata.name', 'Required value: name or generateName is required')]);
  }
  return {
    name,
    ...(prefix === undefined || prefix === '' ? {} : { generateName: prefix }),
    ...(namespace === undefined ? {} : { namespace }),
    uid: randomUUID(),
    resourceVersion: '',
    ...(kind.counted ? { generation: 1 } : {}),
    creationTimestamp: timestamp(),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(finalizers && { finalizers }),
    ...(ownerReferences && { ownerReferences }),
  };
}

function checkNamespace(cluster: Cluster, kind: ResourceKind, namespace: string, name: string): void {
  const found = cluster.store.at('namespaces', namespace);
  if (found === undefined) throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, namespace);
  if (!isTerminating(found)) return;
  const message =
    `${resourceId(kind.group, kind.plural)} "${name}" is forbidden: ` +
    `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw new StatusError('Forbidden', message, { name, kind: kind.plural });
}
