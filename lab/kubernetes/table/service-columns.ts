/** Columns of services, of what is behind them, and of what is in front. */
import { valueAt } from '../model/json.js';
import type { KubeObject } from '../model/kube-object.js';
import type { Service } from '../model/workloads.js';
import { AGE, column, field, joined, keysAndValues, NAME, wide, type Column } from './column.js';

interface EndpointsObject extends KubeObject {
  subsets?: { addresses?: { ip: string }[]; ports?: { port: number }[] }[];
}

interface SliceObject extends KubeObject {
  endpoints?: { addresses: string[] }[];
  ports?: { port: number }[];
}

interface IngressObject extends KubeObject {
  spec: { ingressClassName?: string; rules?: { host?: string }[]; tls?: unknown[] };
}

/** Tables have little room: what is left over is counted. */
const MAX_SHOWN = 3;

export const SERVICE_COLUMNS: readonly Column[] = [
  NAME,
  field('Type', 'spec.type'),
  field('Cluster-IP', 'spec.clusterIP'),
  column<Service>('External-IP', externalIp),
  column<Service>('Port(s)', ({ spec }) =>
    joined(
      (spec.ports ?? []).map(({ port, nodePort, protocol }) =>
        nodePort === undefined ? `${port}/${protocol ?? 'TCP'}` : `${port}:${nodePort}/${protocol ?? 'TCP'}`,
      ),
    ),
  ),
  AGE,
  wide(column<Service>('Selector', ({ spec }) => keysAndValues(spec.selector))),
];

export const ENDPOINTS_COLUMNS: readonly Column[] = [
  NAME,
  column<EndpointsObject>('Endpoints', ({ subsets = [] }) =>
    shortened(
      subsets.flatMap(({ addresses = [], ports = [] }) =>
        addresses.flatMap(({ ip }) => (ports.length === 0 ? [ip] : ports.map(({ port }) => `${ip}:${port}`))),
      ),
      ' + ',
    ),
  ),
  AGE,
];

export const ENDPOINT_SLICE_COLUMNS: readonly Column[] = [
  NAME,
  field('AddressType', 'addressType'),
  column<SliceObject>('Ports', ({ ports }) => unset((ports ?? []).map(({ port }) => String(port)))),
  column<SliceObject>('Endpoints', ({ endpoints }) =>
    unset((endpoints ?? []).flatMap(({ addresses }) => addresses)),
  ),
  AGE,
];

export const INGRESS_COLUMNS: readonly Column[] = [
  NAME,
  field('Class', 'spec.ingressClassName'),
  column<IngressObject>('Hosts', ({ spec }) => {
    const hosts = (spec.rules ?? []).flatMap(({ host }) => (host === undefined ? [] : [host]));
    return hosts.length === 0 ? '*' : shortened(hosts, ' + ');
  }),
  column('Address', (object) => balancerAddresses(object).join(',')),
  column<IngressObject>('Ports', ({ spec }) => (spec.tls === undefined ? '80' : '80, 443')),
  AGE,
];

function externalIp(service: Service): string {
  const { type, externalIPs = [], externalName } = service.spec;
  if (type === 'ExternalName') return externalName ?? '<none>';
  const found = [...balancerAddresses(service), ...externalIPs];
  if (found.length > 0) return found.join(',');
  return type === 'LoadBalancer' ? '<pending>' : '<none>';
}

function balancerAddresses(object: KubeObject): string[] {
  const ingress = valueAt(object, ['status', 'loadBalancer', 'ingress']);
  if (!Array.isArray(ingress)) return [];
  return (ingress as { ip?: string; hostname?: string }[]).map(({ ip, hostname }) => ip ?? hostname ?? '');
}

function unset(items: readonly string[]): string {
  return items.length === 0 ? '<unset>' : shortened(items, ' + ');
}

function shortened(items: readonly string[], separator: string): string {
  if (items.length <= MAX_SHOWN) return joined(items);
  return `${items.slice(0, MAX_SHOWN).join(',')}${separator}${items.length - MAX_SHOWN} more...`;
}
