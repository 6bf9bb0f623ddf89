/** Parts of objects with an address of their own, other than their status. */
import { randomUUID } from 'node:crypto';
import { updateObject } from '../api/update.js';
import { budgetsOf, disruptionsOf } from '../controllers/disruption-budgets.js';
import { bind } from '../controllers/scheduler.js';
import { valueAt, type JsonObject } from '../model/json.js';
import type { KubeObject } from '../model/kube-object.js';
import { badRequest, conflict, StatusError, success } from '../model/status-error.js';
import type { DeleteOptions } from '../api/remove.js';
import type { Pod } from '../model/workloads.js';
import { signToken } from '../pki/service-account-token.js';
import { currentObject, isDryRun, writeOf, type Call } from './call.js';
import { patch } from './patch.js';
import { objectReply, getObject } from './read.js';
import { json, plain, statusReply, type TextReply } from './reply.js';
import { parseObject, parseOptions } from './request-body.js';
import { readScale, writeScale } from './scale.js';
import { deletePod, storedKind, update } from './write.js';

const DEFAULT_TOKEN_SECONDS = 3_600;
const MIN_TOKEN_SECONDS = 600;

type Handler = (call: Call) => TextReply;

/** By subresource and verb. */
const HANDLERS: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  status: { get: getObject, update, patch },
  approval: { get: getObject, update: asStatus, patch: (call) => patch(withSubresource(call, 'status')) },
  finalize: { update: finalize },
  scale: { get: readScale, update: writeScale, patch: writeScale },
  log: { get: readLog },
  eviction: { create: evict },
  binding: { create: bindPod },
  token: { create: createToken },
};

/** @throws StatusError */
export function handleSubresource(call: Call): TextReply {
  const handler = HANDLERS[call.target.subresource ?? '']?.[call.target.verb];
  if (handler !== undefined) return handler(call);
  throw new StatusError(
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
  );
}

function withSubresource(call: Call, subresource: string): Call {
  return { ...call, target: { ...call.target, subresource } };
}

function asStatus(call: Call): TextReply {
  return update(withSubresource(call, 'status'));
}

function finalize(call: Call): TextReply {
  const next = updateObject(
    call.cluster,
    storedKind(call),
    currentObject(call),
    parseObject(call.body),
    writeOf(call),
  );
  return objectReply(call, 200, next);
}

function readLog(call: Call): TextReply {
  const pod = currentObject(call) as Pod;
  const names = pod.spec.containers.map(({ name }) => name);
  const asked = call.query.get('container') ?? (names.length === 1 ? names[0] : undefined);
  if (asked === undefined) {
    throw badRequest(
      `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`,
    );
  }
  if (!names.includes(asked))
    throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
  const state = pod.status.containerStatuses?.find(({ name }) => name === asked)?.state;
  const startedAt = state?.running?.startedAt ?? state?.terminated?.startedAt;
  if (startedAt === undefined) {
    const reason = state?.waiting?.reason ?? 'ContainerCreating';
    throw badRequest(`container "${asked}" in pod "${pod.metadata.name}" is waiting to start: ${reason}`);
  }
  const lines = [`${startedAt} ${asked} started`];
  if (state?.terminated !== undefined)
    lines.push(`${state.terminated.finishedAt ?? startedAt} ${asked} completed`);
  const tail = Number(call.query.get('tailLines') ?? lines.length);
  return plain(
    200,
    lines
      .slice(Math.max(0, lines.length - tail))
      .map((line) => `${line}\n`)
      .join(''),
  );
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/ */
function evict(call: Call): TextReply {
  const pod = currentObject(call) as Pod;
  const options = (valueAt(parseOptions(call.body), ['deleteOptions']) ?? {}) as DeleteOptions;
  const isDue = pod.status.phase === 'Running' && pod.metadata.deletionTimestamp === undefined;
  const budgets = isDue ? budgetsOf(call.cluster, pod) : [];
  if (budgets.length > 1) {
    throw new StatusError(
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  for (const budget of budgets) {
    const { disruptionsAllowed, currentHealthy, desiredHealthy } = disruptionsOf(call.cluster, budget);
    if (disruptionsAllowed > 0) continue;
    const { name } = budget.metadata;
    const message = `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
    throw new StatusError(
      'TooManyRequests',
      "Cannot evict pod as it would violate the pod's disruption budget.",
      {
        causes: [{ reason: 'DisruptionBudget', message }],
      },
    );
  }
  deletePod(call, pod, isDryRun(call) ? { ...options, dryRun: ['All'] } : options);
  return { ...statusReply(success({})), status: 201 };
}

function bindPod(call: Call): TextReply {
  const pod = currentObject(call) as Pod;
  const node = valueAt(parseObject(call.body), ['target', 'name']);
  if (typeof node !== 'string' || node === '') throw badRequest('target.name is required');
  if (pod.spec.nodeName !== undefined) {
    throw conflict(
      call.target.kind,
      pod.metadata.name,
      `pod ${pod.metadata.name} is already assigned to node "${pod.spec.nodeName}"`,
    );
  }
  if (!isDryRun(call)) bind(call.cluster, pod, node);
  return { ...statusReply(success({})), status: 201 };
}

/** The TokenRequest API. */
function createToken(call: Call): TextReply {
  const account = currentObject(call);
  const request = parseObject(call.body);
  const asked = Number(valueAt(request, ['spec', 'expirationSeconds']) ?? DEFAULT_TOKEN_SECONDS);
  if (!(asked >= MIN_TOKEN_SECONDS)) throw badRequest('may not specify a duration less than 10 minutes');
  const issuedAt = Math.floor(Date.now() / 1_000);
  const claims = claimsOf(call, account, { issuedAt, expiresAt: issuedAt + asked, request });
  const status = {
    token: signToken(claims, call.cluster.keys.serviceAccountKey),
    expirationTimestamp: new Date((issuedAt + asked) * 1_000).toISOString().replace('.000', ''),
  };
  const spec = { audiences: claims['aud'], expirationSeconds: asked };
  return json(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: account.metadata,
    spec,
    status,
  });
}

function claimsOf(
  call: Call,
  { metadata }: KubeObject,
  {
    issuedAt,
    expiresAt,
    request,
  }: { readonly issuedAt: number; readonly expiresAt: number; readonly request: JsonObject },
): JsonObject {
  const issuer = `https://kubernetes.default.svc.${call.cluster.options.clusterDomain}`;
  const audiences = valueAt(request, ['spec', 'audiences']);
  return {
    aud: Array.isArray(audiences) && audiences.length > 0 ? audiences : [issuer, 'k3s'],
    exp: expiresAt,
    iat: issuedAt,
    iss: issuer,
    jti: randomUUID(),
    'kubernetes.io': {
      namespace: metadata.namespace,
      serviceaccount: { name: metadata.name, uid: metadata.uid },
    },
    nbf: issuedAt,
    sub: `system:serviceaccount:${metadata.namespace}:${metadata.name}`,
  };
}
