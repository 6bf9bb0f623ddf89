/** One request of a known user about objects. */
import type { User } from '../auth/user.js';
import type { Cluster } from '../cluster.js';
import { notFound } from '../model/status-error.js';
import type { KubeObject } from '../model/kube-object.js';
import { resourceId } from '../registry/resource-kind.js';
import type { Write } from '../api/create.js';
import type { RequestBody } from './request-body.js';
import type { ResourceRequest } from './resource-request.js';

export interface Call {
  readonly cluster: Cluster;
  readonly user: User;
  readonly target: ResourceRequest;
  readonly query: URLSearchParams;
  /** The `Accept` header. */
  readonly accept: string;
  readonly userAgent: string;
  readonly body: RequestBody;
}

/** The resource whose objects the call is about. */
export function storedId({ target: { kind } }: Call): string {
  return kind.viewOf ?? resourceId(kind.group, kind.plural);
}

/** @throws StatusError 404 */
export function currentObject(call: Call): KubeObject {
  const { kind, namespace, name = '' } = call.target;
  const found = call.cluster.store.get(storedId(call), namespace, name);
  if (found === undefined) throw notFound(kind, name);
  return found;
}

export function isDryRun({ query }: Call): boolean {
  return query.getAll('dryRun').includes('All');
}

export function writeOf(call: Call): Write {
  const { query, userAgent, target } = call;
  const [firstWord = ''] = userAgent.split('/');
  const manager = query.get('fieldManager') ?? (firstWord === '' ? 'unknown' : firstWord);
  return {
    manager,
    dryRun: isDryRun(call),
    ...(target.subresource === undefined ? {} : { subresource: target.subresource }),
  };
}
