/** Tells clients which groups, versions and resources there are, in the older form and the aggregated one. */
import type { Cluster } from '../cluster.js';
import { StatusError } from '../model/status-error.js';
import { groupVersion, type ResourceKind, type Subresource, type Verb } from '../registry/resource-kind.js';
import { json, type TextReply } from './reply.js';

interface SubresourceKind {
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

const READ_WRITE = ['get', 'patch', 'update'];

/** Subresources whose content is of another kind than their object. */
const SUBRESOURCE_KINDS: Readonly<Partial<Record<Subresource, SubresourceKind>>> = {
  scale: { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: READ_WRITE },
  eviction: { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
  binding: { kind: 'Binding', verbs: ['create'] },
  token: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] },
};
const SUBRESOURCE_VERBS: Readonly<Partial<Record<Subresource, readonly string[]>>> = {
  log: ['get'],
  finalize: ['update'],
};

/** @returns `undefined` when the path is not one of discovery. @throws StatusError 404 for unknown groups. */
export function discover(cluster: Cluster, path: string, accept: string): TextReply | undefined {
  const [root, group, version, ...rest] = path.split('/').filter((step) => step !== '');
  if (rest.length > 0 || (root !== 'api' && root !== 'apis')) return undefined;
  if (root === 'api') {
    if (version !== undefined || (group !== undefined && group !== 'v1')) return undefined;
    if (group === 'v1') return resourceList(cluster, '', 'v1');
    return (
      aggregated(accept, () => [coreGroup(cluster)]) ??
      json(200, { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] })
    );
  }
  if (group === undefined) {
    return (
      aggregated(accept, () =>
        cluster.registry.groups().map((each) => aggregatedGroup(cluster, each.group, each.versions)),
      ) ?? groupList(cluster)
    );
  }
  const found = cluster.registry.groups().find((each) => each.group === group);
  if (found === undefined || (version !== undefined && !found.versions.includes(version))) {
    throw new StatusError('NotFound', 'the server could not find the requested resource');
  }
  if (version !== undefined) return resourceList(cluster, group, version);
  return json(200, { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(found.group, found.versions) });
}

function groupList(cluster: Cluster): TextReply {
  const groups = cluster.registry.groups().map(({ group, versions }) => groupEntry(group, versions));
  return json(200, { kind: 'APIGroupList', apiVersion: 'v1', groups });
}

function groupEntry(group: string, versions: readonly string[]): object {
  const all = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: all, preferredVersion: all[0] };
}

function resourceList(cluster: Cluster, group: string, version: string): TextReply {
  const resources = cluster.registry.kindsOf(group, version).flatMap((kind) => [
    {
      name: kind.plural,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: kind.verbs,
      ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
      ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    },
    ...kind.subresources.map((subresource) => {
      const { verbs, ...content } = contentOf(kind, subresource);
      return {
        name: `${kind.plural}/${subresource}`,
        singularName: '',
        namespaced: kind.namespaced,
        ...content,
        verbs,
      };
    }),
  ]);
  return json(200, {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersion({ group, version }),
    resources,
  });
}

function contentOf(kind: ResourceKind, subresource: Subresource): SubresourceKind {
  const verbs = SUBRESOURCE_VERBS[subresource] ?? READ_WRITE;
  return SUBRESOURCE_KINDS[subresource] ?? { kind: kind.kind, verbs };
}

/** Answers in the aggregated form if it is asked for first. */
function aggregated(accept: string, items: () => object[]): TextReply | undefined {
  const [first = ''] = accept.split(',');
  const version = /;v=(v2|v2beta1);as=APIGroupDiscoveryList/.exec(first)?.[1];
  if (version === undefined || !first.includes('g=apidiscovery.k8s.io')) return undefined;
  const body = {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: items(),
  };
  const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  return { ...json(200, body), contentType };
}

function coreGroup(cluster: Cluster): object {
  return aggregatedGroup(cluster, '', ['v1']);
}

function aggregatedGroup(cluster: Cluster, group: string, versions: readonly string[]): object {
  return {
    metadata: { name: group, creationTimestamp: null },
    versions: versions.map((version) => ({
      version,
      freshness: 'Current',
      resources: cluster.registry.kindsOf(group, version).map((kind) => ({
        resource: kind.plural,
        responseKind: { group, version, kind: kind.kind },
        scope: kind.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: kind.singular,
        verbs: kind.verbs satisfies readonly Verb[],
        ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
        ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
        ...(kind.subresources.length > 0
          ? { subresources: kind.subresources.map((name) => aggregatedSubresource(kind, name)) }
          : {}),
      })),
    })),
  };
}

function aggregatedSubresource(kind: ResourceKind, subresource: Subresource): object {
  const content = contentOf(kind, subresource);
  const responseKind = {
    group: content.group ?? kind.group,
    version: content.version ?? kind.version,
    kind: content.kind,
  };
  return { subresource, responseKind, verbs: content.verbs };
}
