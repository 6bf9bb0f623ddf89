/** Services get their cluster IP and node ports when they are written. */
import type { Cluster } from '../cluster.js';
import { serviceAddress } from '../subnets.js';
import { isJsonObject, valueAt, type JsonObject } from '../model/json.js';
import type { KubeObject } from '../model/kube-object.js';
import type { FieldFault } from '../model/status-error.js';
import type { Service } from '../model/workloads.js';
import { invalidValue, required, type Strategy } from './strategy.js';

const NODE_PORTS = { first: 30_000, last: 32_767 };
/** Like the real allocator: the lowest addresses stay free for those who ask for a certain one. */
const FIRST_DYNAMIC_OFFSET = 16n;

export const serviceStrategy: Strategy = {
  initialStatus: () => ({ loadBalancer: {} }),
  complete: (service, cluster, previous) => {
    const { spec } = service;
    if (!isJsonObject(spec)) return;
    spec['type'] ??= 'ClusterIP';
    spec['sessionAffinity'] ??= 'None';
    completePorts(spec, cluster, previous);
    if (spec['type'] === 'ExternalName') return;
    spec['internalTrafficPolicy'] ??= 'Cluster';
    spec['ipFamilyPolicy'] ??= 'SingleStack';
    spec['ipFamilies'] ??= ['IPv4'];
    if (exposesNodePort(spec)) spec['externalTrafficPolicy'] ??= 'Cluster';
    if (spec['type'] === 'LoadBalancer') spec['allocateLoadBalancerNodePorts'] ??= true;
    // Clients send an empty text for "any".
    if (spec['clusterIP'] === undefined || spec['clusterIP'] === '') {
      spec['clusterIP'] = valueAt(previous, ['spec', 'clusterIP']) ?? freeClusterIp(cluster);
    }
    spec['clusterIPs'] = [spec['clusterIP']];
  },
  faults: (service, previous) => {
    const { spec } = service;
    if (!isJsonObject(spec)) return [required('spec')];
    const { clusterIP, type, ports } = spec;
    const isHeadless = clusterIP === 'None' || type === 'ExternalName';
    const before = valueAt(previous, ['spec', 'clusterIP']);
    return [
      ...(!isHeadless && (!Array.isArray(ports) || ports.length === 0) ? [required('spec.ports')] : []),
      ...portFaults(ports),
      ...(before !== undefined && type !== 'ExternalName' && before !== clusterIP
        ? [invalidValue('spec.clusterIP', clusterIP, 'field is immutable')]
        : []),
    ];
  },
};

function exposesNodePort(spec: JsonObject): boolean {
  return spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer';
}

function completePorts(spec: JsonObject, cluster: Cluster, previous: KubeObject | undefined): void {
  const { ports } = spec;
  if (!Array.isArray(ports)) return;
  const before = valueAt(previous, ['spec', 'ports']);
  const earlier = Array.isArray(before) ? (before as unknown[]) : [];
  const taken = exposesNodePort(spec) ? takenNodePorts(cluster) : new Set<number>();
  for (const port of ports) {
    if (!isJsonObject(port)) continue;
    port['protocol'] ??= 'TCP';
    // Clients that write all fields write zero for what is not set.
    if (port['nodePort'] === 0) delete port['nodePort'];
    if (port['targetPort'] === 0) delete port['targetPort'];
    port['targetPort'] ??= port['port'];
    if (!exposesNodePort(spec)) {
      delete port['nodePort'];
      continue;
    }
    const same = earlier.find((item) => valueAt(item, ['port']) === port['port']);
    port['nodePort'] ??= valueAt(same, ['nodePort']) ?? freeNodePort(taken);
    taken.add(Number(port['nodePort']));
  }
}

function takenNodePorts(cluster: Cluster): Set<number> {
  const services = cluster.store.list('services') as Service[];
  return new Set(services.flatMap(({ spec }) => (spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0)));
}

function freeNodePort(taken: ReadonlySet<number>): number | undefined {
  for (let port = NODE_PORTS.first; port <= NODE_PORTS.last; port += 1) if (!taken.has(port)) return port;
  return undefined;
}

function freeClusterIp(cluster: Cluster): string {
  const taken = new Set((cluster.store.list('services') as Service[]).map(({ spec }) => spec.clusterIP));
  for (let offset = FIRST_DYNAMIC_OFFSET; ; offset += 1n) {
    const address = serviceAddress(cluster, offset);
    if (!taken.has(address)) return address;
  }
}

function portFaults(ports: unknown): FieldFault[] {
  if (!Array.isArray(ports)) return [];
  return ports.flatMap((item, index): FieldFault[] => {
    const at = `spec.ports[${index}]`;
    const port = valueAt(item, ['port']);
    const isFine = Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65_535;
    const isNamed = ports.length === 1 || typeof valueAt(item, ['name']) === 'string';
    return [
      ...(isFine ? [] : [invalidValue(`${at}.port`, port, 'must be between 1 and 65535, inclusive')]),
      ...(isNamed ? [] : [required(`${at}.name`)]),
    ];
  });
}
