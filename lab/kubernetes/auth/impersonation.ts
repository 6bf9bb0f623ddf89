/** Acting as somebody else: the `Impersonate-` headers that `kubectl --as` sends. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Cluster } from '../cluster.js';
import { badRequest } from '../model/status-error.js';
import { isAllowed, refusedAccess, type ResourceAccess } from './authorization.js';
import { AUTHENTICATED, type User } from './user.js';

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/**
 * @returns `undefined` when the caller acts as himself.
 * @throws StatusError 403 when he may not act as the other, 400 for groups without a user.
 */
export function impersonated(cluster: Cluster, caller: User, headers: IncomingHttpHeaders): User | undefined {
  const username = textOf(headers['impersonate-user']);
  const groups = textOf(headers['impersonate-group'])
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '');
  if (username === '' && groups.length > 0) throw badRequest('requested groups without impersonating a user');
  if (username === '') return undefined;

  const [, namespace, account] = SERVICE_ACCOUNT.exec(username) ?? [];
  const asked = [
    account === undefined
      ? access('users', username, undefined)
      : access('serviceaccounts', account, namespace),
    ...groups.map((group) => access('groups', group, undefined)),
  ];
  for (const each of asked) if (!isAllowed(cluster, caller, each)) throw refusedAccess(caller, each);

  const ofAccount =
    namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  return { username, groups: [...(groups.length > 0 ? groups : ofAccount), AUTHENTICATED] };
}

function access(resource: string, name: string, namespace: string | undefined): ResourceAccess {
  return {
    kind: 'resource',
    verb: 'impersonate',
    group: '',
    resource,
    subresource: undefined,
    namespace,
    name,
  };
}

/** Node joins repeated headers with commas. */
function textOf(header: string | string[] | undefined): string {
  return Array.isArray(header) ? header.join(',') : (header ?? '');
}
