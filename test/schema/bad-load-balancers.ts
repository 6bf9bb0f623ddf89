/** Definitions whose load balancers must be refused. */
import type { BadDefinition } from './bad-definition.js';
import { badBalancer } from './bad-service.js';
import { aDefinition, aLoadBalancer, type LoadBalancerInput } from './definition-builder.js';
import { aDualHomedDefinition, anInterface } from './dual-homed.js';

const BALANCERS: readonly BadDefinition[] = [
  badBalancer('without machines', { machines: null }, 'machines'),
  badBalancer('with one machine and an address', { address: '10.1.107.9' }, 'address'),
  badBalancer('of KUBE_VIP with machines', { kind: 'KUBE_VIP', machines: {} }, 'machines'),
  badBalancer('for what K3S does not have', { services: ['api', 'machine-config'] }, 'services/1'),
  badBalancer('of KUBE_VIP for ingress', { kind: 'KUBE_VIP', services: ['api', 'ingress'] }, 'services/1'),
  badBalancer('that is EXTERNAL, and nowhere', { kind: 'EXTERNAL' }, 'address'),
  badBalancer(
    'that is EXTERNAL, with machines of ours and a second interface',
    { kind: 'EXTERNAL', address: '10.9.9.9', machines: {}, publicInterface: 'vmbr0.3' },
    ...['dualHomed', 'machines'],
  ),
  ...[
    ['outside of the subnet', '10.1.108.9'],
    ['in the range of the machines', '10.1.107.120'],
    ['at the gateway', '10.1.107.1'],
    ['at a name server', '10.1.107.2'],
  ].map(([where, address]) => badBalancer(`pair ${where}`, { machines: { count: 2 }, address }, 'address')),
  badBalancer(
    'of EXTERNAL in the range of the machines',
    { kind: 'EXTERNAL', address: '10.1.107.120' },
    'address',
  ),
  badBalancer("in another than the cluster's network", { privateInterface: 'vmbr0.107' }, 'privateInterface'),
  {
    name: 'a pair whose address does not fit into the range any more',
    body: aDefinition({
      network: { ipRange: '10.1.107.100-104' },
      services: [aLoadBalancer({ machines: { count: 2 } })],
    }),
    pointers: ['/network/ipRange'],
  },
  {
    name: "a virtual address with the name of a load balancer's",
    body: aDefinition({
      network: { virtualAddresses: [{ name: 'lb', address: '10.1.107.9' }] },
      services: [aLoadBalancer({ machines: { count: 2 }, address: '10.1.107.9' })],
    }),
    pointers: ['/network/virtualAddresses/0/name', '/services/0/configuration/address'],
  },
];

const OWN = { publicInterface: 'vmbr0.4', publicCidr: '10.1.4.0/24', publicIpRange: '10.1.4.10-20' };
const SIDE = { bridge: 'vmbr0', vlan: 4, cidr: '10.1.4.0/24', ipRange: '10.1.4.10-20' };

const PUBLIC_SIDES: readonly BadDefinition[] = [
  badBalancer('that is dual-homed, and not said where', { dualHomed: true }, 'publicInterface'),
  badBalancer(
    'that is not dual-homed, with an interface',
    { dualHomed: false, ...OWN },
    ...Object.keys(OWN).toSorted(),
  ),
  badBalancer('with a public address and no interface', { publicAddress: '10.1.3.9' }, 'publicAddress'),
  badBalancer('with a public subnet and no range', { ...OWN, publicIpRange: undefined }, 'publicIpRange'),
  badBalancer(
    'that says its public side twice',
    { ...OWN, publicSide: SIDE },
    ...Object.keys(OWN).toSorted(),
  ),
  badBalancer('with a public gateway elsewhere', { ...OWN, publicGateway: '10.1.3.1' }, 'publicGateway'),
  badBalancer('with a public range elsewhere', { ...OWN, publicIpRange: '10.1.3.10-20' }, 'publicIpRange'),
  badBalancer(
    'with a public range that holds its gateway',
    { ...OWN, publicGateway: '10.1.4.15' },
    'publicIpRange',
  ),
  badBalancer(
    "with the cluster's subnet on the public side",
    { ...OWN, publicCidr: '10.1.0.0/16' },
    'publicCidr',
  ),
  badBalancer(
    'pair whose public range has two addresses',
    { ...OWN, machines: { count: 2 }, publicIpRange: '10.1.4.10-11' },
    'publicIpRange',
  ),
  badBalancer(
    'pair whose public address is leased to machines',
    { ...OWN, machines: { count: 2 }, publicAddress: '10.1.4.15' },
    'publicAddress',
  ),
  badBalancer(
    'with a public address elsewhere',
    { publicInterface: 'vmbr0.3', publicAddress: '10.1.4.9' },
    'publicAddress',
  ),
  badBalancer(
    'with a public address at its gateway',
    { publicInterface: 'vmbr0.3', publicAddress: '10.1.3.1' },
    'publicAddress',
  ),
  badBalancer(
    'with one machine, a public address, and a range',
    { ...OWN, publicAddress: '10.1.4.9' },
    'publicAddress',
  ),
  badBalancer(
    'whose public bridge has two VLANs',
    { publicSide: { ...SIDE, bridge: 'vmbr0.5' } },
    'publicSide/vlan',
  ),
  badBalancer(
    'in the words of a resolved definition, with a gateway elsewhere',
    { publicSide: { ...SIDE, gateway: '10.1.3.1' } },
    'publicSide/gateway',
  ),
  {
    name: "a public side in a bastion's subnet, with another VLAN and a part of its range",
    body: {
      ...aDualHomedDefinition({ bastion: { interfaces: [anInterface()] } }),
      services: [
        aLoadBalancer({
          publicInterface: 'vmbr0.4',
          publicCidr: '10.1.3.0/24',
          publicIpRange: '10.1.3.15-25',
        }),
      ],
    },
    pointers: ['/services/0/configuration/publicInterface', '/services/0/configuration/publicIpRange'],
  },
];

function badEgress(name: string, configuration: LoadBalancerInput, ...pointers: string[]): BadDefinition {
  return {
    name: `the egress LOAD_BALANCER over ${name}`,
    body: aDefinition({ network: { egress: 'LOAD_BALANCER' }, services: [aLoadBalancer(configuration)] }),
    pointers,
  };
}

const EGRESSES: readonly BadDefinition[] = [
  badEgress('one that is there already', { kind: 'EXTERNAL', address: '10.1.107.9' }, '/network/egress'),
  badEgress('one with one interface', {}, '/services/0/configuration/dualHomed'),
  badEgress(
    'one without a way out',
    { publicInterface: 'vmbr0.3', publicGateway: null },
    '/services/0/configuration/publicGateway',
  ),
];

export const BAD_LOAD_BALANCERS: readonly BadDefinition[] = [...BALANCERS, ...PUBLIC_SIDES, ...EGRESSES];
