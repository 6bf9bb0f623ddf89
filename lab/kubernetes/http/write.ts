/** Creating, replacing and deleting objects. */
import { createObject } from '../api/create.js';
import { removeObject, type DeleteOptions } from '../api/remove.js';
import { updateObject } from '../api/update.js';
import { isJsonObject } from '../model/json.js';
import type { Draft, KubeObject } from '../model/kube-object.js';
import { badRequest, success } from '../model/status-error.js';
import { currentObject, isDryRun, writeOf, type Call } from './call.js';
import { toCoreEvent } from './event-view.js';
import { acceptedForm, presenterOf } from './presentation.js';
import { objectReply, selectedObjects } from './read.js';
import { JSON_TYPE, statusReply, type TextReply } from './reply.js';
import { parseObject, parseOptions } from './request-body.js';

/** @throws StatusError */
export function create(call: Call): TextReply {
  const { target, cluster } = call;
  return objectReply(
    call,
    201,
    createObject(cluster, storedKind(call), target.namespace, signedBy(call, draftOf(call)), writeOf(call)),
  );
}

/** @throws StatusError */
export function update(call: Call): TextReply {
  const draft = draftOf(call);
  const named = draft.metadata?.name;
  if (named !== undefined && named !== call.target.name) {
    throw badRequest(
      `the name of the object (${named}) does not match the name on the URL (${call.target.name})`,
    );
  }
  return objectReply(
    call,
    200,
    updateObject(call.cluster, storedKind(call), currentObject(call), draft, writeOf(call)),
  );
}

/** @throws StatusError */
export function remove(call: Call): TextReply {
  const { cluster } = call;
  const current = currentObject(call);
  const { object, isGone } = removeObject(cluster, storedKind(call), current, deleteOptions(call));
  if (!isGone) return objectReply(call, 200, object);
  const { group, plural } = call.target.kind;
  const { name, uid } = object.metadata;
  return statusReply(success({ name, ...(group === '' ? {} : { group }), kind: plural, uid }));
}

/** @throws StatusError */
export function removeCollection(call: Call): TextReply {
  const { cluster, target } = call;
  const options = deleteOptions(call);
  const removed = selectedObjects(call).map(
    (object) => removeObject(cluster, storedKind(call), object, options).object,
  );
  const presenter = presenterOf({ cluster, kind: target.kind, form: acceptedForm(''), includeObject: null });
  const body = presenter.list(removed, { resourceVersion: String(cluster.store.revision) });
  return { kind: 'text', status: 200, contentType: JSON_TYPE, body };
}

/** The kind in whose shape the objects of the call are stored. */
export function storedKind(call: Call): Call['target']['kind'] {
  const { kind } = call.target;
  return kind.viewOf === undefined ? kind : (call.cluster.registry.storedKind(kind.viewOf) ?? kind);
}

/** The body, in the shape in which it is stored. @throws StatusError 400 */
function draftOf(call: Call): Draft {
  const draft = parseObject(call.body) as Draft;
  const { kind, verb } = call.target;
  if (kind.viewOf === 'events') return toCoreEvent(draft);
  // Who asks for a certificate is not for himself to say.
  if (kind.kind === 'CertificateSigningRequest' && verb === 'create' && isJsonObject(draft['spec'])) {
    const { username, groups, uid = '' } = call.user;
    return { ...draft, spec: { ...draft['spec'], username, groups, uid } };
  }
  return draft;
}

/** Options come in the body or in the query. */
function deleteOptions(call: Call): DeleteOptions {
  const { query } = call;
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  return {
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    ...(query.get('orphanDependents') === 'true' ? { orphanDependents: true } : {}),
    ...parseOptions(call.body),
    ...(isDryRun(call) ? { dryRun: ['All'] } : {}),
  };
}

/** Evicts by deleting: pods go the way that they always go. */
export function deletePod(call: Call, pod: KubeObject, options: DeleteOptions): void {
  const kind = call.cluster.registry.storedKind('pods');
  if (kind !== undefined) removeObject(call.cluster, kind, pod, options);
}

/** A request for a certificate says who asks for it, whatever its author wrote there. */
function signedBy({ target, user }: Call, draft: Draft): Draft {
  if (target.kind.kind !== 'CertificateSigningRequest' || !isJsonObject(draft['spec'])) return draft;
  const { username, groups } = user;
  return { ...draft, spec: { ...draft['spec'], username, groups: [...groups] } };
}
