/** The `scale` subresource: the replica count of any kind in one shape. */
import { updateObject } from '../api/update.js';
import { isJsonObject, textAt, valueAt, type JsonObject } from '../model/json.js';
import type { KubeObject } from '../model/kube-object.js';
import {
  formatLabelSelector,
  selectorOf,
  type Labels,
  type LabelSelectorObject,
} from '../model/label-selector.js';
import { badRequest, conflict, invalid } from '../model/status-error.js';
import { currentObject, writeOf, type Call } from './call.js';
import { applyPatch } from './patch.js';
import { json, type TextReply } from './reply.js';
import { parseObject } from './request-body.js';
import { storedKind } from './write.js';

const SPEC_REPLICAS = ['spec', 'replicas'];
const STATUS_REPLICAS = ['status', 'replicas'];

/** @throws StatusError */
export function readScale(call: Call): TextReply {
  return json(200, scaleOf(call, currentObject(call)));
}

/** By replacement or by patch. @throws StatusError 409 when the scale was read from an older version */
export function writeScale(call: Call): TextReply {
  const current = currentObject(call);
  const scale =
    call.target.verb === 'patch' ? applyPatch(call, scaleOf(call, current)) : parseObject(call.body);
  const { kind, name = '' } = call.target;
  const asked = valueAt(scale, ['metadata', 'resourceVersion']);
  if (asked !== undefined && asked !== '' && asked !== current.metadata.resourceVersion) {
    throw conflict(
      kind,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  }
  const replicas = valueAt(scale, SPEC_REPLICAS) ?? 0;
  if (!Number.isInteger(replicas) || Number(replicas) < 0) {
    const message = `Invalid value: ${JSON.stringify(replicas)}: must be greater than or equal to 0`;
    throw invalid(kind, name, [{ field: 'spec.replicas', message, reason: 'FieldValueInvalid' }]);
  }
  const next = structuredClone(current);
  setAt(next, pathOf(call, 'specReplicasPath') ?? SPEC_REPLICAS, replicas);
  const { subresource: _subresource, ...write } = writeOf(call);
  return json(200, scaleOf(call, updateObject(call.cluster, storedKind(call), current, next, write)));
}

function scaleOf(call: Call, object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const specReplicas = valueAt(object, pathOf(call, 'specReplicasPath') ?? SPEC_REPLICAS);
  const statusReplicas = valueAt(object, pathOf(call, 'statusReplicasPath') ?? STATUS_REPLICAS);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
    },
    spec: { replicas: specReplicas ?? 0 },
    status: { replicas: statusReplicas ?? 0, selector: selectorText(call, object) },
  };
}

function selectorText(call: Call, object: KubeObject): string {
  if (call.target.kind.custom !== undefined) {
    const path = pathOf(call, 'labelSelectorPath');
    return path === undefined ? '' : textAt(object, ...path);
  }
  const selector = valueAt(object, ['spec', 'selector']);
  const isPlain = call.target.kind.kind === 'ReplicationController';
  const asObject = isPlain
    ? { matchLabels: selector as Labels }
    : (selector as LabelSelectorObject | undefined);
  return formatLabelSelector(selectorOf(asObject) ?? []);
}

/** Paths of custom kinds are JSON paths without lists, such as `.spec.replicas`. */
function pathOf(
  call: Call,
  name: 'specReplicasPath' | 'statusReplicasPath' | 'labelSelectorPath',
): string[] | undefined {
  return call.target.kind.custom?.scale?.[name]?.split('.').slice(1);
}

function setAt(object: JsonObject, path: readonly string[], value: unknown): void {
  const [last = ''] = path.slice(-1);
  let at = object;
  for (const step of path.slice(0, -1)) {
    at[step] ??= {};
    const next = at[step];
    if (!isJsonObject(next)) throw badRequest(`${path.join('.')} is not a field of an object`);
    at = next;
  }
  at[last] = value;
}
