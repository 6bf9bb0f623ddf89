/**
 * OpenAPI documents: enough for clients to learn which kinds exist and that writes take `fieldValidation` and `dryRun`.
 * They hold no field descriptions.
 */
import { createHash } from 'node:crypto';
import type { Cluster } from '../cluster.js';
import { StatusError } from '../model/status-error.js';
import { groupVersion, type ResourceKind } from '../registry/resource-kind.js';
import { PATCH_TYPES } from './patch.js';
import { json, type TextReply } from './reply.js';

/** @returns `undefined` when the path is not one of OpenAPI. @throws StatusError 404, 406 */
export function describe(cluster: Cluster, path: string, accept: string): TextReply | undefined {
  if (path === '/openapi/v2') return swagger(cluster, accept);
  if (path === '/openapi/v3') return index(cluster);
  const [, root, groupAndVersion] = /^\/openapi\/v3\/(api|apis)\/(.+)$/.exec(path) ?? [];
  if (root === undefined || groupAndVersion === undefined) return undefined;
  const [version = '', group = ''] = groupAndVersion.split('/').toReversed();
  const kinds = (root === 'api') === (group === '') ? cluster.registry.kindsOf(group, version) : [];
  if (kinds.length === 0)
    throw new StatusError('NotFound', 'the server could not find the requested resource');
  return json(200, document(cluster, kinds));
}

function index(cluster: Cluster): TextReply {
  const all = [
    'api/v1',
    ...cluster.registry
      .groups()
      .flatMap(({ group, versions }) => versions.map((version) => `apis/${group}/${version}`)),
  ];
  const hash = createHash('sha256').update(all.join()).digest('hex').toUpperCase();
  const paths = all.map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const);
  return json(200, { paths: Object.fromEntries(paths) });
}

function document(cluster: Cluster, kinds: readonly ResourceKind[]): object {
  const operations = kinds
    .filter(({ verbs }) => verbs.includes('patch'))
    .map((kind) => [pathOf(kind), operationsOf(kind)] as const);
  const schemas = kinds.map((kind) => [schemaName(kind), schemaOf(kind)] as const);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: cluster.options.version },
    paths: Object.fromEntries(operations),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

/** Clients that can only read the Protobuf form do without; they ask for version 3 first. */
function swagger(cluster: Cluster, accept: string): TextReply {
  const types = accept.split(',').map((type) => type.split(';')[0]?.trim());
  if (
    accept !== '' &&
    !types.some((type) => type === 'application/json' || type === '*/*' || type === 'application/*')
  ) {
    throw new StatusError('NotAcceptable', 'only the following media types are accepted: application/json');
  }
  const kinds = ['', ...cluster.registry.groups().map(({ group }) => group)].flatMap((group) =>
    cluster.registry.kindsOf(
      group,
      group === ''
        ? 'v1'
        : (cluster.registry.groups().find((each) => each.group === group)?.versions[0] ?? ''),
    ),
  );
  return json(200, {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: cluster.options.version },
    paths: {},
    definitions: Object.fromEntries(kinds.map((kind) => [schemaName(kind), schemaOf(kind)])),
  });
}

function pathOf(kind: ResourceKind): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${groupVersion(kind)}`;
  return `${root}/${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.plural}/{name}`;
}

function operationsOf(kind: ResourceKind): object {
  // Strategic merges are left out: kubectl would work them out from fields that are not described here, where otherwise
  // it knows the built-in kinds by itself.
  const types = PATCH_TYPES.filter((type) => !type.includes('strategic'));
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string' },
  }));
  const identity = { group: kind.group, version: kind.version, kind: kind.kind };
  const content = (mediaTypes: readonly string[]): object =>
    Object.fromEntries(mediaTypes.map((type) => [type, { schema: {} }]));
  const responses = { 200: { description: 'OK', content: content(['application/json']) } };
  const operation = (action: string): object => ({
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': identity,
    responses,
  });
  return {
    get: operation('get'),
    put: { ...operation('put'), parameters, requestBody: { content: content(['application/json']) } },
    patch: { ...operation('patch'), parameters, requestBody: { content: content(types) } },
  };
}

function schemaName({ group, version, kind }: ResourceKind): string {
  if (group === '' || !group.includes('.'))
    return `io.k8s.api.${group === '' ? 'core' : group}.${version}.${kind}`;
  return `${group.split('.').toReversed().join('.')}.${version}.${kind}`;
}

function schemaOf({ group, version, kind }: ResourceKind): object {
  return {
    type: 'object',
    description: `${kind} of this cluster.`,
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
    'x-kubernetes-preserve-unknown-fields': true,
  };
}
