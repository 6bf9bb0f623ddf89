/** Questions about access, asked by creating an object that is not kept. */
import { userOfToken } from '../auth/authentication.js';
import { isAllowed, rulesFor, type Access } from '../auth/authorization.js';
import { AUTHENTICATED, type User } from '../auth/user.js';
import { isJsonObject, textAt, valueAt, type JsonObject } from '../model/json.js';
import { badRequest } from '../model/status-error.js';
import { groupVersion } from '../registry/resource-kind.js';
import type { Call } from './call.js';
import { json, type TextReply } from './reply.js';
import { parseObject } from './request-body.js';

type Review = (call: Call, spec: JsonObject) => JsonObject;

const REVIEWS: Readonly<Record<string, Review>> = {
  SelfSubjectAccessReview: (call, spec) => decision(call, call.user, spec),
  SubjectAccessReview: (call, spec) => decision(call, subjectOf(spec), spec),
  LocalSubjectAccessReview: (call, spec) => decision(call, subjectOf(spec), spec),
  SelfSubjectRulesReview: (call, spec) => rules(call, spec),
  SelfSubjectReview: ({ user }) => ({ userInfo: userInfo(user) }),
  TokenReview: (call, spec) => {
    const user = userOfToken(call.cluster, textAt(spec, 'token'));
    return user === undefined
      ? { authenticated: false, user: {}, error: 'invalid bearer token' }
      : { authenticated: true, user: userInfo(user) };
  },
};

export function isReview(kind: string): boolean {
  return Object.hasOwn(REVIEWS, kind);
}

/** @throws StatusError 400 */
export function review(call: Call): TextReply {
  const { kind } = call.target;
  const request = parseObject(call.body);
  const spec = isJsonObject(request['spec']) ? request['spec'] : {};
  const status = REVIEWS[kind.kind]?.(call, spec) ?? {};
  const header = { kind: kind.kind, apiVersion: groupVersion(kind), metadata: { creationTimestamp: null } };
  return json(201, { ...header, ...(request['spec'] === undefined ? {} : { spec }), status });
}

function decision(call: Call, user: User, spec: JsonObject): JsonObject {
  const allowed = isAllowed(call.cluster, user, accessOf(spec));
  return { allowed, ...(allowed ? {} : { reason: '' }) };
}

function accessOf(spec: JsonObject): Access {
  const text = (name: string, part: string): string | undefined => {
    const value = valueAt(spec, [part, name]);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  if (isJsonObject(spec['nonResourceAttributes'])) {
    const part = 'nonResourceAttributes';
    return { kind: 'path', verb: text('verb', part) ?? '', path: text('path', part) ?? '' };
  }
  const part = 'resourceAttributes';
  if (!isJsonObject(spec[part]))
    throw badRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified');
  return {
    kind: 'resource',
    verb: text('verb', part) ?? '',
    group: text('group', part) ?? '',
    resource: text('resource', part) ?? '',
    subresource: text('subresource', part),
    namespace: text('namespace', part),
    name: text('name', part),
  };
}

function subjectOf(spec: JsonObject): User {
  const groups = Array.isArray(spec['groups']) ? (spec['groups'] as unknown[]).map(String) : [];
  return { username: textAt(spec, 'user'), groups };
}

function rules(call: Call, spec: JsonObject): JsonObject {
  const isAll = call.user.groups.includes('system:masters');
  const own = isAll
    ? [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
      ]
    : rulesFor(call.cluster, call.user, textAt(spec, 'namespace'));
  return {
    incomplete: false,
    resourceRules: own.filter((rule) => 'resources' in rule),
    nonResourceRules: own.filter((rule) => 'nonResourceURLs' in rule),
  };
}

function userInfo({ username, uid, groups }: User): JsonObject {
  return {
    username,
    ...(uid === undefined ? {} : { uid }),
    groups: groups.length > 0 ? groups : [AUTHENTICATED],
  };
}
