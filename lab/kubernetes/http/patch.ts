/** Patches of all four kinds. */
import { createObject, type Write } from '../api/create.js';
import { updateObject } from '../api/update.js';
import { isJsonObject, sameJson, type JsonObject } from '../model/json.js';
import type { Draft, KubeObject, ManagedFieldsEntry } from '../model/kube-object.js';
import { badRequest, StatusError } from '../model/status-error.js';
import { fieldsOf } from '../patch/field-set.js';
import { applyJsonPatch } from '../patch/json-patch.js';
import { newEntry } from '../patch/managed-fields.js';
import { applyMergePatch } from '../patch/merge-patch.js';
import { applyConfiguration } from '../patch/server-side-apply.js';
import { applyStrategicMerge } from '../patch/strategic-merge-patch.js';
import { currentObject, storedId, writeOf, type Call } from './call.js';
import { objectReply } from './read.js';
import { parseJson, parseYaml, textOf } from './request-body.js';
import type { TextReply } from './reply.js';
import { storedKind } from './write.js';

const APPLY_TYPE = 'application/apply-patch+yaml';
export const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  APPLY_TYPE,
  'application/strategic-merge-patch+json',
];

/** @throws StatusError */
export function patch(call: Call): TextReply {
  if (call.body.mediaType === APPLY_TYPE) return apply(call);
  const current = currentObject(call);
  const patched = applyPatch(call, current);
  if (!isJsonObject(patched)) throw badRequest('the patched object is not an object');
  return objectReply(
    call,
    200,
    updateObject(call.cluster, storedKind(call), current, patched, writeOf(call)),
  );
}

/** What the patch of the call makes of the object. @throws StatusError 400, 415, 422 */
export function applyPatch(call: Call, current: KubeObject): unknown {
  const { mediaType } = call.body;
  if (!PATCH_TYPES.includes(mediaType)) {
    throw new StatusError(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${PATCH_TYPES.join(', ')}`,
    );
  }
  const content = parseJson('', textOf(call.body));
  if (mediaType === 'application/json-patch+json') return applyJsonPatch(current, content);
  if (!isJsonObject(content)) throw badRequest('a patch must be an object');
  if (mediaType === 'application/merge-patch+json') return applyMergePatch(current, content);
  if (call.target.kind.custom !== undefined) {
    const types = PATCH_TYPES.slice(0, 3).join(', ');
    throw new StatusError(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${types}`,
    );
  }
  return applyStrategicMerge(current, content);
}

function apply(call: Call): TextReply {
  const { cluster, target, query } = call;
  const configuration = configurationOf(call);
  const manager = query.get('fieldManager');
  if (manager === null || manager === '') throw badRequest('fieldManager is required for apply patch');
  const custom = target.kind.custom !== undefined;
  const write = { ...writeOf(call), manager };
  const current = cluster.store.get(storedId(call), target.namespace, target.name ?? '');
  if (current === undefined) {
    const managedFields = [
      newEntry(write, 'Apply', String(configuration['apiVersion']), fieldsOf(configuration, custom)),
    ];
    const made = createObject(cluster, storedKind(call), target.namespace, configuration, {
      ...write,
      managedFields,
    });
    return objectReply(call, 201, made);
  }
  const force = query.get('force') === 'true';
  const { object, managedFields } = applyConfiguration(current, configuration, {
    writer: write,
    force,
    custom,
  });
  const next = updateObject(cluster, storedKind(call), current, object, {
    ...write,
    ...kept(current.metadata.managedFields, managedFields),
  });
  return objectReply(call, 200, next);
}

/** Applying the same again writes nothing: only the time of the entry would be another. */
function kept(
  before: readonly ManagedFieldsEntry[] | undefined,
  after: ManagedFieldsEntry[],
): Pick<Write, 'managedFields'> | object {
  const withoutTime = (entries: readonly ManagedFieldsEntry[]): unknown[] =>
    entries.map(({ time: _time, ...entry }) => entry).sort((a, b) => (a.manager < b.manager ? -1 : 1));
  return sameJson(withoutTime(before ?? []), withoutTime(after)) ? {} : { managedFields: after };
}

function configurationOf({ body, target }: Call): Draft & JsonObject {
  const configuration = parseYaml(textOf(body));
  if (!isJsonObject(configuration)) throw badRequest('the configuration to apply is not an object');
  const { metadata, apiVersion, kind } = configuration as Draft;
  if (apiVersion === undefined || kind === undefined) throw badRequest('apiVersion and kind must be set');
  if (isJsonObject(metadata) && 'managedFields' in metadata && metadata['managedFields'] !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
  if (metadata?.name !== undefined && metadata.name !== target.name) {
    throw badRequest(`metadata.name (${metadata.name}) does not match the name on the URL (${target.name})`);
  }
  return {
    ...configuration,
    metadata: { ...(isJsonObject(metadata) ? metadata : {}), name: target.name ?? '' },
  };
}
