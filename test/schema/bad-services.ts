/** Definitions whose services must be refused. */
import type { DefinitionInput } from '../../schema/definition/shape.js';
import type { BadDefinition } from './bad-definition.js';
import { BAD_LOAD_BALANCERS } from './bad-load-balancers.js';
import { badBalancer, badService } from './bad-service.js';
import {
  aDefinition,
  aLoadBalancer,
  anOkdDefinition,
  aServerGroup,
  aService,
  aWorkerGroup,
  type ServiceInput,
} from './definition-builder.js';
import { aDualHomedDefinition } from './dual-homed.js';

type NetworkInput = NonNullable<DefinitionInput['network']>;

const SHAPES: readonly BadDefinition[] = [
  badService('a service without a type', {}, '/type'),
  badService(
    'an unknown type, beside which nothing is judged',
    { type: 'CACHE', dependsOn: 5, x: 1 },
    '/type',
  ),
  badService('a type that is a number', { type: 5 }, '/type'),
  badService('a configuration that is a list', { type: 'DNS', configuration: [] }, '/configuration'),
  badService(
    'a configuration of another type',
    { type: 'DNS', configuration: { dualHomed: true } },
    '/configuration/dualHomed',
  ),
  badService('an unknown field', { type: 'MONITORING', ports: [] }, '/ports'),
  badService(
    'two machines for DNS',
    { type: 'DNS', configuration: { machines: { count: 2 } } },
    '/configuration/machines/count',
  ),
  badBalancer('with three machines', { machines: { count: 3 } }, 'machines/count'),
  badBalancer('with an image of no known form', { machines: { imageSource: '/x' } }, 'machines/imageSource'),
  badBalancer('with a host twice', { machines: { targetNodes: ['a', 'a'] } }, 'machines/targetNodes/1'),
  badBalancer('that forwards nothing', { services: [] }, 'services'),
  badBalancer('that forwards something unknown', { services: ['api', 'etcd'] }, 'services/1'),
  badBalancer('that forwards something twice', { services: ['api', 'api'] }, 'services/1'),
  badBalancer('in VLAN 4095', { publicInterface: 'vmbr0.4095' }, 'publicInterface'),
  badService(
    'DHCP for whoever asks',
    { type: 'PXE_BOOT', configuration: { staticAssignments: false } },
    '/configuration/staticAssignments',
  ),
  badService(
    'a DNS key that is written out',
    {
      type: 'DNS',
      configuration: { kind: 'RFC2136', server: { address: '10.1.107.5', keyName: 'Key!', secret: 'x' } },
    },
    ...['/configuration/server/keyName', '/configuration/server/secret'],
  ),
];

function together(name: string, services: readonly object[], ...pointers: string[]): BadDefinition {
  return { name, body: { ...aDefinition(), services }, pointers };
}

function ranged(
  name: string,
  network: NetworkInput,
  dhcpRange: string,
  ...pointers: string[]
): BadDefinition {
  return {
    name,
    body: aDefinition({ network, services: [{ name: 'dhcp', type: 'DHCP', configuration: { dhcpRange } }] }),
    pointers,
  };
}

const SERVERS: readonly BadDefinition[] = [
  ...(['LOAD_BALANCER', 'DNS', 'DHCP', 'PXE_BOOT', 'MONITORING'] as const).map((type) =>
    together(
      `two of ${type}`,
      [
        { name: 'a', type },
        { name: 'b', type },
      ],
      '/services/1/type',
    ),
  ),
  together(
    'DHCP beside network boot',
    [
      { name: 'dhcp', type: 'DHCP' },
      { name: 'pxe', type: 'PXE_BOOT' },
    ],
    '/services/0/type',
  ),
  ranged('a DHCP range outside of the subnet', {}, '10.1.108.10-20', '/services/0/configuration/dhcpRange'),
  ranged(
    'a DHCP range that does not hold all that is leased',
    { ipRange: '10.1.107.100-150' },
    '10.1.107.100-120',
    '/services/0/configuration/dhcpRange',
  ),
  ranged('a DHCP range that is too small', {}, '10.1.107.100-101', '/network/ipRange'),
  {
    name: 'network boot by IPv6',
    body: aDefinition({
      network: {
        ...{ cidr: 'fd00:1::/64', gateway: 'fd00:1::1', ipRange: 'fd00:1::100-fd00:1::1ff' },
        ...{ nameservers: [], podCidr: 'fd00:42::/56', serviceCidr: 'fd00:43::/112' },
      },
      services: [{ name: 'pxe', type: 'PXE_BOOT' }],
    }),
    pointers: ['/services/0/type'],
  },
  {
    name: 'a machine for network boot beside a bastion',
    body: {
      ...aDualHomedDefinition(),
      services: [{ name: 'pxe', type: 'PXE_BOOT', configuration: { machines: {} } }],
    },
    pointers: ['/services/0/configuration/machines'],
  },
  together(
    'no machine for network boot, and no bastion',
    [{ name: 'pxe', type: 'PXE_BOOT', configuration: { machines: null } }],
    '/services/0/configuration/machines',
  ),
  together('a service with the name of a node group', [{ name: 'server', type: 'DNS' }], '/services/0/name'),
  {
    name: 'a service whose machine has too long a name',
    body: aDefinition({ name: 'c'.repeat(40), services: [{ name: 's'.repeat(21), type: 'DNS' }] }),
    pointers: ['/services/0/name'],
  },
  badService(
    'a DNS server that is there already, and none named',
    { type: 'DNS', configuration: { kind: 'RFC2136' } },
    '/configuration/server',
  ),
  badService(
    'a DNS server that is there already, with a machine, and a zone elsewhere',
    {
      type: 'DNS',
      configuration: {
        kind: 'RFC2136',
        machines: {},
        server: { address: '10.1.107.5', keyName: 'key', zone: 'example.com' },
      },
    },
    ...['/configuration/machines', '/configuration/server/zone'],
  ),
  badService(
    'a DNS server of our own and one that is there already',
    { type: 'DNS', configuration: { server: { address: '10.1.107.5', keyName: 'key' } } },
    '/configuration/server',
  ),
  badService('volumes on no storage', { type: 'STORAGE' }, '/configuration/proxmoxStorage'),
  badService(
    'NFS without a server',
    { type: 'STORAGE', configuration: { kind: 'NFS' } },
    '/configuration/path',
    '/configuration/server',
  ),
  badService(
    'NFS on a storage of Proxmox VE, from a path that climbs',
    {
      type: 'STORAGE',
      configuration: { kind: 'NFS', server: 'nas.lab.internal', path: '/a/../b', proxmoxStorage: 'ceph-vm' },
    },
    ...['/configuration/path', '/configuration/proxmoxStorage'],
  ),
  badService(
    'NFS with a token of Proxmox VE',
    {
      type: 'STORAGE',
      configuration: { kind: 'NFS', server: 'nas.lab.internal', path: '/a', token: 'proxmox-csi' },
    },
    '/configuration/token',
  ),
  badService(
    'a token that is written out',
    { type: 'STORAGE', configuration: { proxmoxStorage: 'ceph-vm', token: 'csi@pve!x=5b0c2a5e' } },
    '/configuration/token',
  ),
  badService(
    'exporters at ports that nodes do not give',
    { type: 'MONITORING', configuration: { nodeExporterPort: 80, kubeStateMetricsPort: 8080 } },
    ...['/configuration/kubeStateMetricsPort', '/configuration/nodeExporterPort'],
  ),
  together(
    'two storage classes of one name',
    [
      aService(),
      aService({ name: 'fast', configuration: { proxmoxStorage: 'local-zfs', storageClass: 'store' } }),
    ],
    '/services/1/configuration/storageClass',
  ),
];

function many(type: 'VANILLA' | 'TALOS', services: ServiceInput[], ...pointers: string[]): BadDefinition {
  const version = type === 'TALOS' ? 'v1.9.1' : 'v1.32.0';
  return {
    name: `three control-plane machines of ${type} without one address (${pointers.join()})`,
    body: aDefinition({ type, version, nodeGroups: [aServerGroup({ count: 3 })], services }),
    pointers,
  };
}

const MASTERS = aServerGroup({ name: 'masters', count: 3, template: {} });

const DISTRIBUTIONS: readonly BadDefinition[] = [
  many('VANILLA', [], '/services'),
  many('TALOS', [], '/services'),
  many('VANILLA', [aLoadBalancer({ services: ['ingress'] })], '/services/0/configuration/services'),
  { name: 'OKD without a load balancer', body: anOkdDefinition({ services: [] }), pointers: ['/services'] },
  {
    name: 'OKD with an address of its control plane alone',
    body: anOkdDefinition({ services: [aLoadBalancer({ kind: 'KUBE_VIP', services: ['api'] })] }),
    pointers: ['/services/0/configuration/kind'],
  },
  {
    name: 'OKD whose machines find no configuration',
    body: anOkdDefinition({ services: [aLoadBalancer({ services: ['api', 'ingress'] })] }),
    pointers: ['/services/0/configuration/services'],
  },
  {
    name: 'OKD without a bootstrap machine',
    body: anOkdDefinition({ nodeGroups: [MASTERS] }),
    pointers: ['/nodeGroups'],
  },
  {
    name: 'OKD with a bootstrap machine that stays, and five control-plane machines',
    body: anOkdDefinition({
      nodeGroups: [
        { ...MASTERS, count: 5 },
        { name: 'bootstrap', role: 'BOOTSTRAP', count: 1, lifecycle: { temporary: false } },
      ],
    }),
    pointers: ['/nodeGroups/0/count', '/nodeGroups/1/lifecycle/temporary'],
  },
  {
    name: 'OKD from a template',
    body: anOkdDefinition({
      nodeGroups: [
        { ...MASTERS, boot: { method: 'HYBRID' } },
        { name: 'bootstrap', role: 'BOOTSTRAP', count: 1 },
      ],
    }),
    pointers: ['/nodeGroups/0/boot/method'],
  },
  {
    name: 'a bootstrap machine for TALOS',
    body: aDefinition({
      type: 'TALOS',
      version: 'v1.9.1',
      nodeGroups: [aServerGroup(), aWorkerGroup({ role: 'BOOTSTRAP', count: 1 })],
    }),
    pointers: ['/nodeGroups/1/role'],
  },
];

export const BAD_SERVICES: readonly BadDefinition[] = [
  ...SHAPES,
  ...BAD_LOAD_BALANCERS,
  ...SERVERS,
  ...DISTRIBUTIONS,
];
