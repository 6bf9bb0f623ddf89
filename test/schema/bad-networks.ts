/** Definitions whose networks must be refused: egress, bridges, interfaces, virtual addresses and firewalls. */
import { at, bad, type BadDefinition, withValue } from './bad-definition.js';
import { aDefinition, aServerGroup, aService, aWorkerGroup } from './definition-builder.js';
import { aDualHomedDefinition, anInterface, type InterfaceInput } from './dual-homed.js';

const INTERFACE = '/nodeGroups/1/network/interfaces/0';

/** The bastion's interface is changed. */
function badInterface(name: string, change: Partial<InterfaceInput>, ...fields: string[]): BadDefinition {
  return {
    name: `an interface ${name}`,
    body: aDualHomedDefinition({ bastion: { interfaces: [anInterface(change)] } }),
    pointers: fields.map((field) => `${INTERFACE}/${field}`),
  };
}

/** Another group has an interface beside the bastion's. */
function badNeighbour(name: string, change: Partial<InterfaceInput>, ...fields: string[]): BadDefinition {
  const interfaces = [anInterface({ gateway: null, ...change })];
  return {
    name: `an interface of another group ${name}`,
    body: aDualHomedDefinition({ more: [aWorkerGroup({ name: 'edge', network: { interfaces } })] }),
    pointers: fields.map((field) => `/nodeGroups/2/network/interfaces/0/${field}`),
  };
}

const BRIDGES: readonly BadDefinition[] = [
  bad('VLAN 4095 behind the bridge', '/network/bridge', 'vmbr0.4095'),
  bad('VLAN 0 behind the bridge', '/network/bridge', 'vmbr0.0'),
  bad('a bridge with too long a name', '/network/bridge', 'a-bridge-of-sixteen'),
  ...[108, null].map((privateVLAN) => ({
    name: `VLAN 107 behind the bridge and ${privateVLAN} beside it`,
    body: aDefinition({ network: { bridge: 'vmbr0.107', privateVLAN } }),
    pointers: ['/network/privateVLAN'],
  })),
  {
    name: 'two VLANs for a group, and for an interface',
    body: aDualHomedDefinition({
      bastion: { bridge: 'vmbr0.107', privateVLAN: 5, interfaces: [anInterface({ privateVLAN: 4 })] },
    }),
    pointers: ['/nodeGroups/1/network/interfaces/0/privateVLAN', '/nodeGroups/1/network/privateVLAN'],
  },
];

const EGRESS: readonly BadDefinition[] = [
  {
    name: 'the egress GATEWAY without a gateway',
    body: aDefinition({ network: { egress: 'GATEWAY', gateway: null } }),
    pointers: ['/network/egress'],
  },
  {
    name: 'a gateway with the egress NONE',
    body: aDefinition({ network: { egress: 'NONE', gateway: '10.1.107.1' } }),
    pointers: ['/network/gateway'],
  },
  {
    name: 'the egress BASTION without a bastion',
    body: aDefinition({ network: { egress: 'BASTION' } }),
    pointers: ['/network/egress'],
  },
  {
    name: 'a bastion with one interface',
    body: aDualHomedDefinition({ bastion: {} }),
    pointers: ['/nodeGroups/1/network/interfaces'],
  },
  {
    name: 'a bastion without a way out',
    body: aDualHomedDefinition({ bastion: { interfaces: [anInterface({ gateway: null })] } }),
    pointers: ['/nodeGroups/1/network/interfaces'],
  },
  {
    name: "a bastion that is not in the cluster's VLAN",
    body: aDualHomedDefinition({ bastion: { privateVLAN: 9, interfaces: [anInterface()] } }),
    pointers: ['/nodeGroups/1/network/privateVLAN'],
  },
  {
    name: 'the egress LOAD_BALANCER without a load balancer',
    body: aDefinition({ network: { egress: 'LOAD_BALANCER' }, services: [aService()] }),
    pointers: ['/network/egress'],
  },
  {
    name: 'two default routes on one machine',
    body: aDualHomedDefinition({
      bastion: {
        interfaces: [
          anInterface(),
          anInterface({ name: 'backup', cidr: '10.1.4.0/24', ipRange: '10.1.4.10-20', gateway: '10.1.4.1' }),
        ],
      },
    }),
    pointers: ['/nodeGroups/1/network/interfaces/1/gateway'],
  },
  {
    name: "a default route beside that of the cluster's network",
    body: aDualHomedDefinition({ network: { egress: 'GATEWAY' } }),
    pointers: ['/nodeGroups/1/network/interfaces/0/gateway'],
  },
];

const INTERFACES: readonly BadDefinition[] = [
  badInterface('with a name in capitals', { name: 'Public' }, 'name'),
  badInterface('with the name of the primary one', { name: 'primary' }, 'name'),
  badInterface('with a name that Linux gives', { name: 'eth0' }, 'name'),
  badInterface('with a subnet and no range', { ipRange: null }, 'ipRange'),
  badInterface('with a range and no subnet', { cidr: null, gateway: '10.1.3.1' }, 'cidr'),
  badInterface('with a gateway elsewhere', { gateway: '10.1.4.1' }, 'gateway'),
  badInterface('with a range elsewhere', { ipRange: '10.1.4.10-20' }, 'ipRange'),
  badInterface('with a range that holds its gateway', { ipRange: '10.1.3.1-20' }, 'ipRange'),
  badInterface('with a range that holds the broadcast address', { ipRange: '10.1.3.250-255' }, 'ipRange'),
  badInterface(
    "in the cluster's own subnet",
    { cidr: '10.1.107.0/25', ipRange: '10.1.107.60-70', gateway: '10.1.107.3' },
    'cidr',
  ),
  badInterface(
    'in the subnet of the pods',
    { cidr: '10.42.7.0/24', ipRange: '10.42.7.60-70', gateway: '10.42.7.1' },
    'cidr',
  ),
  badInterface('with a tiny MTU', { mtu: 500 }, 'mtu'),
  {
    name: 'two interfaces of one name, in one subnet',
    body: aDualHomedDefinition({ bastion: { interfaces: [anInterface(), anInterface({ gateway: null })] } }),
    pointers: ['/nodeGroups/1/network/interfaces/1/cidr', '/nodeGroups/1/network/interfaces/1/name'],
  },
  badNeighbour('in a part of its subnet', { cidr: '10.1.3.0/25' }, 'cidr'),
  badNeighbour('with a part of its range', { ipRange: '10.1.3.15-25' }, 'ipRange'),
  badNeighbour('in its subnet with another VLAN', { bridge: 'vmbr0.4' }, 'privateVLAN'),
  badNeighbour('in its subnet with another MTU', { mtu: 9000 }, 'mtu'),
  {
    name: 'a range of an interface that is too small',
    body: aDefinition({
      nodeGroups: [
        aServerGroup(),
        aWorkerGroup({ network: { interfaces: [anInterface({ gateway: null, ipRange: '10.1.3.10-10' })] } }),
      ],
    }),
    pointers: ['/nodeGroups/1/network/interfaces/0/ipRange'],
  },
  bad(
    'eight interfaces',
    '/nodeGroups/1/network/interfaces',
    Array.from({ length: 8 }, (_, n) => ({ name: `i${n}`, bridge: 'vmbr1' })),
  ),
];

const VIRTUAL: readonly BadDefinition[] = [
  {
    name: 'a virtual address outside of the subnet, at its gateway, at a name server, and at broadcast',
    body: withValue(
      at('/network/virtualAddresses'),
      ['10.1.108.9', '10.1.107.1', '10.1.107.2', '10.1.107.255'].map((address, n) => ({
        name: `v${n}`,
        address,
      })),
    ),
    pointers: [0, 1, 2, 3].map((index) => `/network/virtualAddresses/${index}/address`),
  },
  {
    name: 'a virtual address in the range of the machines',
    body: withValue(at('/network/virtualAddresses'), [{ name: 'api', address: '10.1.107.120' }]),
    pointers: ['/network/ipRange'],
  },
  {
    name: 'virtual addresses twice',
    body: withValue(at('/network/virtualAddresses'), [
      { name: 'api', address: '10.1.107.9' },
      { name: 'api', address: null },
      { name: 'web', address: '10.1.107.9' },
    ]),
    pointers: ['/network/virtualAddresses/1/name', '/network/virtualAddresses/2/address'],
  },
  {
    name: 'more virtual addresses and machines than addresses',
    body: aDefinition({
      network: { ipRange: '10.1.107.100-102', virtualAddresses: [{ name: 'api' }] },
    }),
    pointers: ['/network/ipRange'],
  },
];

function badRule(name: string, rule: object, ...fields: string[]): BadDefinition {
  return {
    name: `a firewall rule ${name}`,
    body: withValue(at('/network/firewall'), [{ action: 'ACCEPT', ...rule }]),
    pointers: fields.map((field) => `/network/firewall/0${field}`),
  };
}

const FIREWALLS: readonly BadDefinition[] = [
  bad('a firewall that is a switch', '/network/firewall', true),
  bad('a group whose firewall is null', '/nodeGroups/0/network/firewall', null),
  badRule('without an action', { action: undefined }, '/action'),
  badRule('with an unknown action', { action: 'ALLOW' }, '/action'),
  badRule('with ports for anything', { ports: ['22'] }, '/ports'),
  badRule('with ports for ICMP', { protocol: 'ICMP', ports: ['8'] }, '/ports'),
  badRule(
    'with ports that are none',
    { protocol: 'TCP', ports: ['0', '65536', '22:', '30:20', 'ssh', '22,23'] },
    ...[0, 1, 2, 3, 4, 5].map((index) => `/ports/${index}`),
  ),
  badRule('with more ports than one rule takes', { protocol: 'UDP', ports: Array(8).fill('1:2') }, '/ports'),
  badRule('from a name', { source: 'office.example.com' }, '/source'),
  badRule('from a subnet with host bits', { source: '10.1.3.7/24' }, '/source'),
  badRule('from a range that ends before it begins', { source: '10.1.3.9-10.1.3.1' }, '/source'),
  badRule('from IPv4 to IPv6', { source: '10.1.3.9', destination: 'fd00::/8' }, '/destination'),
  badRule('with a comment of two lines', { comment: 'a\nIN ACCEPT' }, '/comment'),
  {
    name: 'a rule of a group with ports for anything',
    body: withValue(at('/nodeGroups/1/network/firewall'), [{ action: 'DROP', ports: ['22'] }]),
    pointers: ['/nodeGroups/1/network/firewall/0/ports'],
  },
];

export const BAD_NETWORKS: readonly BadDefinition[] = [
  ...BRIDGES,
  ...EGRESS,
  ...INTERFACES,
  ...VIRTUAL,
  ...FIREWALLS,
];
