/** Endpoints and EndpointSlices: where the pods behind a service are. */
import type { Cluster } from '../cluster.js';
import { change, create, ensure, remove } from '../api/writer.js';
import { isTerminating, keyOf, objectKey, type ObjectMeta } from '../model/kube-object.js';
import { matchesLabels, selectorOf } from '../model/label-selector.js';
import type { Node, Pod, Service } from '../model/workloads.js';
import type { Controller } from './controller.js';
import { ownKeys } from './control-loop.js';
import { isNodeReady } from './placement.js';
import { isReady, ownerReference } from './pods.js';

const SLICES = 'endpointslices.discovery.k8s.io';
const API_SERVICE = 'default/kubernetes';
const API_PORT = 6443;

interface Backend {
  readonly ip: string;
  readonly ready: boolean;
  readonly nodeName?: string;
  readonly pod?: Pod;
}

export const endpoints: Controller = {
  name: 'endpoints',
  *keys(changed, cluster) {
    yield* ownKeys(changed, 'services');
    if (changed.resource === 'nodes') yield API_SERVICE;
    if (changed.resource !== 'pods') return;
    const states = [changed.object, changed.previous];
    for (const service of cluster.store.list('services', changed.object.metadata.namespace) as Service[]) {
      const selector = selectorOf({ matchLabels: service.spec.selector ?? {} });
      const isMeant =
        service.spec.selector && states.some((pod) => pod && matchesLabels(selector, pod.metadata.labels));
      if (isMeant) yield objectKey(service);
    }
  },
  reconcile: (key, cluster) => {
    const service = cluster.store.at('services', key) as Service | undefined;
    if (service === undefined) remove(cluster, 'endpoints', key);
    else if (key === API_SERVICE) publish(cluster, service, apiServers(cluster));
    else if (service.spec.selector !== undefined) publish(cluster, service, backends(cluster, service));
  },
};

function backends(cluster: Cluster, { metadata, spec }: Service): Backend[] {
  const selector = selectorOf({ matchLabels: spec.selector ?? {} });
  const pods = (cluster.store.list('pods', metadata.namespace) as Pod[]).filter(
    (pod) =>
      pod.status.podIP !== undefined &&
      pod.status.phase === 'Running' &&
      matchesLabels(selector, pod.metadata.labels),
  );
  return pods
    .filter((pod) => !isTerminating(pod))
    .map((pod) => ({
      ip: pod.status.podIP ?? '',
      ready: isReady(pod) || spec.publishNotReadyAddresses === true,
      nodeName: pod.spec.nodeName ?? '',
      pod,
    }));
}

function apiServers(cluster: Cluster): Backend[] {
  return (cluster.store.list('nodes') as Node[])
    .filter(
      (node) =>
        node.metadata.labels?.['node-role.kubernetes.io/control-plane'] !== undefined && isNodeReady(node),
    )
    .map((node) => ({
      ip: node.status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
      ready: true,
    }));
}

function publish(cluster: Cluster, service: Service, found: readonly Backend[]): void {
  writeEndpoints(cluster, service, found);
  writeSlice(cluster, service, found);
}

function writeEndpoints(cluster: Cluster, service: Service, found: readonly Backend[]): void {
  const key = objectKey(service);
  const addresses = (ready: boolean): object[] =>
    found
      .filter((backend) => backend.ready === ready)
      .map(({ ip, nodeName, pod }) => ({
        ip,
        ...(nodeName && { nodeName }),
        ...(pod && { targetRef: reference(pod) }),
      }));
  const [ready, notReady] = [addresses(true), addresses(false)];
  const ports = portsOf(service, found[0]?.pod);
  const subset = {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  };
  ensure(cluster, 'endpoints', { metadata: metadataFor(service) });
  change(cluster, 'endpoints', key, (draft) => {
    if (found.length > 0) draft['subsets'] = [subset];
    else delete draft['subsets'];
  });
}

function writeSlice(cluster: Cluster, service: Service, found: readonly Backend[]): void {
  const own = cluster.store.dependantsOf(service.metadata.uid).find(({ resource }) => resource === SLICES);
  const slice =
    own === undefined
      ? create(cluster, SLICES, {
          metadata: {
            ...sliceName(service),
            labels: {
              ...service.metadata.labels,
              'kubernetes.io/service-name': service.metadata.name,
              'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
            },
            ownerReferences: [ownerReference(service)],
          },
          addressType: 'IPv4',
          endpoints: [],
          ports: [],
        })
      : cluster.store.at(own.resource, own.key);
  if (slice === undefined) return;
  change(cluster, SLICES, objectKey(slice), (draft) => {
    draft['ports'] = portsOf(service, found[0]?.pod);
    draft['endpoints'] = found.map(({ ip, ready, nodeName, pod }) => ({
      addresses: [ip],
      conditions: { ready, serving: ready, terminating: false },
      ...(nodeName && { nodeName }),
      ...(pod && { targetRef: reference(pod) }),
    }));
  });
}

/** The API's own slice has a fixed name, all others a generated one. */
function sliceName({ metadata }: Service): Partial<ObjectMeta> {
  const { name, namespace = 'default' } = metadata;
  return keyOf(namespace, name) === API_SERVICE
    ? { name, namespace }
    : { generateName: `${name}-`, namespace };
}

function metadataFor({ metadata }: Service): {
  name: string;
  namespace: string;
  labels?: Record<string, string>;
} {
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? 'default',
    ...(metadata.labels && { labels: metadata.labels }),
  };
}

function portsOf(service: Service, pod: Pod | undefined): object[] {
  return (service.spec.ports ?? []).map(({ name, port, protocol, targetPort }) => {
    const named = pod?.spec.containers
      .flatMap(({ ports }) => ports ?? [])
      .find((candidate) => candidate.name === targetPort);
    const number = typeof targetPort === 'number' ? targetPort : (named?.containerPort ?? port);
    const isApi = objectKey(service) === API_SERVICE;
    return {
      ...(name === undefined ? {} : { name }),
      port: isApi ? API_PORT : number,
      protocol: protocol ?? 'TCP',
    };
  });
}

function reference({ metadata }: Pod): object {
  return { kind: 'Pod', namespace: metadata.namespace, name: metadata.name, uid: metadata.uid };
}
