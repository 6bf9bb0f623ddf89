/** Which objects a request is about, by its method and path. */
import type { Registry } from '../registry/registry.js';
import type { ResourceKind } from '../registry/resource-kind.js';
import { StatusError } from '../model/status-error.js';

export interface ResourceRequest {
  readonly kind: ResourceKind;
  /** As authorization sees it: get, list, watch, create, update, patch, delete or deletecollection. */
  readonly verb: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

const UNKNOWN = 'the server could not find the requested resource';

/**
 * @returns `undefined` when the path is not one of objects, such as `/version` or `/apis/apps/v1`.
 * @throws StatusError 404 when there is no such resource, 405 when it does not take the method.
 */
export function parseResourceRequest(
  registry: Registry,
  method: string,
  url: URL,
): ResourceRequest | undefined {
  const [root, ...steps] = url.pathname
    .split('/')
    .filter((step) => step !== '')
    .map(decode);
  if (root !== 'api' && root !== 'apis') return undefined;
  const [group, version, ...rest] = root === 'api' ? ['', ...steps] : steps;
  if (group === undefined || version === undefined || rest.length === 0) return undefined;

  const isWithin = rest[0] === 'namespaces' && rest.length >= 3 && !isOfNamespace(registry, rest[2] ?? '');
  const [plural = '', name, subresource, ...excess] = isWithin ? rest.slice(2) : rest;
  const kind = registry.find(group, version, plural);
  if (kind === undefined || excess.length > 0) throw new StatusError('NotFound', UNKNOWN);
  if (isWithin && !kind.namespaced) throw new StatusError('NotFound', UNKNOWN);
  // An object of a namespace has no address without it; lists over all namespaces have.
  if (kind.namespaced && !isWithin && name !== undefined) throw new StatusError('NotFound', UNKNOWN);
  if (subresource !== undefined && !kind.subresources.some((known) => known === subresource)) {
    throw new StatusError('NotFound', UNKNOWN);
  }
  const verb = verbOf(method, url.searchParams, name);
  const namespace = isWithin ? rest[1] : undefined;
  const isMissingNamespace = kind.namespaced && !isWithin && verb !== 'list' && verb !== 'watch';
  if (verb === undefined || isMissingNamespace || (subresource === undefined && !isSupported(kind, verb))) {
    throw new StatusError(
      'MethodNotAllowed',
      'the server does not allow this method on the requested resource',
    );
  }
  return { kind, verb, namespace, name, subresource };
}

/** `/api/v1/namespaces/x/status` is about the namespace, `/api/v1/namespaces/x/pods` about what is in it. */
function isOfNamespace(registry: Registry, step: string): boolean {
  return registry.find('', 'v1', 'namespaces')?.subresources.some((known) => known === step) === true;
}

function verbOf(method: string, query: URLSearchParams, name: string | undefined): string | undefined {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (name !== undefined) return 'get';
      return query.get('watch') === 'true' || query.get('watch') === '1' ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return name === undefined ? undefined : 'update';
    case 'PATCH':
      return name === undefined ? undefined : 'patch';
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete';
    default:
      return undefined;
  }
}

function isSupported(kind: ResourceKind, verb: string): boolean {
  return kind.verbs.some((known) => known === verb);
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    throw new StatusError('BadRequest', `invalid path segment "${step}"`);
  }
}
