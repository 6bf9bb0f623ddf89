import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { ClusterDefinition, ServiceType } from '../../domain/cluster-definition.js';
import type { LoadBalancerConfiguration } from '../../domain/services/configuration.js';
import { type NetworkDefaults, parseClusterDefinition } from '../../schema/cluster-definition.js';
import { PLATFORMS } from '../../platforms/registry.js';
import { BALANCED_BY } from '../../schema/definition/balanced-services.js';
import type { DefinitionInput } from '../../schema/definition/shape.js';
import {
  aDefinition,
  aLoadBalancer,
  anOkdDefinition,
  aServerGroup,
  aService,
  type LoadBalancerInput,
  NETWORK,
  type ServiceInput,
} from './definition-builder.js';
import { aDualHomedDefinition } from './dual-homed.js';

function resolved(input: unknown, defaults: NetworkDefaults = NETWORK): ClusterDefinition {
  const result = parseClusterDefinition(input, defaults);
  if (!result.ok) throw new Error(JSON.stringify(result.faults, null, 2));
  return result.definition;
}

function configurationOf(service: ServiceInput, definition: DefinitionInput = aDefinition()): unknown {
  return resolved({ ...definition, services: [service] }).services[0]?.configuration;
}

function balancer(configuration: LoadBalancerInput, defaults = NETWORK): LoadBalancerConfiguration {
  const [service] = resolved(aDefinition({ services: [aLoadBalancer(configuration)] }), defaults).services;
  return service?.configuration as LoadBalancerConfiguration;
}

function detailsOf(input: unknown, defaults: NetworkDefaults = NETWORK): string[] {
  const result = parseClusterDefinition(input, defaults);
  return result.ok ? [] : result.faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
}

const MACHINE = {
  ...{ count: 1, imageSource: null, imageChecksum: null, storage: null },
  ...{ cores: 2, memoryMiB: 2048, diskGiB: 20, targetNodes: [] },
};

describe('what a service gets where nothing is said', () => {
  test.each<[Exclude<ServiceType, 'STORAGE'>, unknown]>([
    [
      'LOAD_BALANCER',
      { kind: 'HAPROXY', machines: MACHINE, publicSide: null, services: ['api'], address: null },
    ],
    ['DNS', { kind: 'DNSMASQ', machines: MACHINE, server: null }],
    ['DHCP', { machines: MACHINE, dhcpRange: null }],
    ['PXE_BOOT', { machines: MACHINE, dhcpRange: null, staticAssignments: true }],
    ['MONITORING', { namespace: 'monitoring', nodeExporterPort: 9100, kubeStateMetricsPort: 30_910 }],
  ])('%s', (type, expected) => {
    expect(configurationOf({ name: 'own', type })).toEqual(expected);
  });

  test('STORAGE, but for the storage', () => {
    expect(configurationOf(aService())).toEqual({
      ...{ kind: 'PROXMOX_CSI', storageClass: 'store', proxmoxStorage: 'ceph-vm' },
      ...{ server: null, path: null, token: 'proxmox-csi' },
    });
  });
});

describe('a load balancer', () => {
  test.each([
    ['K3S', 'v1.32.0+k3s1', ['api']],
    ['VANILLA', 'v1.32.0', ['api']],
    ['RKE2', 'v1.32.0+rke2r1', ['api', 'rke2']],
    ['TALOS', 'v1.9.1', ['api', 'talos']],
  ] as const)('forwards what machines of %s need', (type, version, services) => {
    const definition = aDefinition({ type, version, nodeGroups: [aServerGroup()] });

    expect(configurationOf(aLoadBalancer(), definition)).toMatchObject({ services });
  });

  test.each(PLATFORMS.map(({ type, balanced }) => ({ type, balanced })))(
    'forwards all that is there for $type, and nothing else',
    ({ type, balanced }) => {
      const services = new Set(balanced.map(({ service }) => service));

      expect([...services].toSorted()).toEqual(BALANCED_BY[type].toSorted());
    },
  );

  test('of OKD forwards ingress and the configuration of machines', () => {
    expect(configurationOf(aLoadBalancer(), anOkdDefinition())).toMatchObject({
      services: ['api', 'ingress', 'machine-config'],
    });
  });

  test.each<[string, LoadBalancerInput]>([
    ['by its interface', { publicInterface: 'vmbr0.3' }],
    ['by its interface, said to be so', { publicInterface: 'vmbr0.3', dualHomed: true }],
    ['in the words of a resolved definition', { publicSide: { bridge: 'vmbr0.3' } }],
    ['with its VLAN beside it', { publicSide: { bridge: 'vmbr0', vlan: 3 } }],
  ])('is dual-homed in the public network of the service, %s', (_how, configuration) => {
    expect(balancer(configuration).publicSide).toEqual({
      ...{ bridge: 'vmbr0', vlan: 3, cidr: '10.1.3.0/24' },
      ...{ ipRange: '10.1.3.100-10.1.3.199', gateway: '10.1.3.1', address: null },
    });
  });

  test("gets neither the service's range nor its gateway in a subnet of its own", () => {
    const own = { publicInterface: 'vmbr4', publicCidr: '10.1.4.0/24', publicIpRange: '10.1.4.10-20' };

    expect(balancer(own).publicSide).toEqual({
      ...{ bridge: 'vmbr4', vlan: null, cidr: '10.1.4.0/24' },
      ...{ ipRange: '10.1.4.10-20', gateway: null, address: null },
    });
  });

  test('of one machine leases the address that was asked for, and a pair does not', () => {
    const asked = { publicInterface: 'vmbr0.3', publicAddress: '10.1.3.9' };

    expect(balancer(asked).publicSide).toMatchObject({
      address: '10.1.3.9',
      ipRange: '10.1.3.9-10.1.3.9',
    });
    expect(balancer({ ...asked, machines: { count: 2 } }).publicSide).toMatchObject({
      address: '10.1.3.9',
      ipRange: '10.1.3.100-10.1.3.199',
    });
  });

  test('asks for what the service has no default for', () => {
    const none = { ...NETWORK, publicNetwork: null };
    const input = aDefinition({ services: [aLoadBalancer({ publicInterface: 'vmbr0.3' })] });

    expect(detailsOf(input, none)).toEqual([
      '/services/0/configuration/publicCidr is required: the service has no public network of its own (PUBLIC_CIDR)',
    ]);
  });

  test('may be sure of where the machines are', () => {
    const network = { isolation: 'VLAN', privateVLAN: 107 } as const;
    const services = [aLoadBalancer({ privateInterface: 'vmbr0.107' })];

    expect(resolved(aDefinition({ network, services })).services).toHaveLength(1);
    expect(detailsOf(aDefinition({ services }))).toEqual([
      "/services/0/configuration/privateInterface is not the cluster's network, which is on vmbr0",
    ]);
  });

  test('that is there already may stand in another network', () => {
    expect(balancer({ kind: 'EXTERNAL', address: '192.0.2.7' })).toMatchObject({
      machines: null,
      publicSide: null,
      address: '192.0.2.7',
    });
  });

  test('stands for several control-plane machines, also without machines of its own', () => {
    const nodeGroups = [aServerGroup({ count: 3 })];
    const services = [aLoadBalancer({ kind: 'KUBE_VIP' })];

    expect(
      resolved(aDefinition({ type: 'VANILLA', version: 'v1.32.0', nodeGroups, services })).services[0],
    ).toMatchObject({ configuration: { machines: null, services: ['api'] } });
  });

  test('of a cluster without a gateway leads out where its clients are', () => {
    const services = [aLoadBalancer({ publicInterface: 'vmbr0.3', machines: { count: 2 } })];
    const { network } = resolved(aDefinition({ network: { egress: 'LOAD_BALANCER' }, services }));

    expect(network).toMatchObject({ egress: 'LOAD_BALANCER', gateway: null });
  });
});

describe('records in a server that is there already', () => {
  const server = { address: '10.1.107.5', keyName: 'clusterwright' };

  test('go into the domain of the network, signed by the key of that name', () => {
    const configuration = { kind: 'RFC2136', server } as const;

    expect(configurationOf({ name: 'dns', type: 'DNS', configuration })).toEqual({
      kind: 'RFC2136',
      machines: null,
      server: {
        ...server,
        ...{ port: 53, zone: 'cluster.internal', ttlSeconds: 300 },
        ...{ keyAlgorithm: 'hmac-sha256', keySecret: 'clusterwright' },
      },
    });
  });

  test('may go into a zone above it', () => {
    const configuration = { kind: 'RFC2136', server: { ...server, zone: 'internal' } } as const;

    expect(configurationOf({ name: 'dns', type: 'DNS', configuration })).toMatchObject({
      server: { zone: 'internal' },
    });
  });
});

describe('network boot', () => {
  const pxe: ServiceInput = { name: 'pxe', type: 'PXE_BOOT' };

  test('is served by the bastion, and else by a machine of its own', () => {
    const behindBastion = { ...aDualHomedDefinition(), services: [pxe] };

    expect(resolved(behindBastion).services[0]).toMatchObject({ configuration: { machines: null } });
    expect(configurationOf(pxe)).toMatchObject({ machines: { count: 1 } });
  });

  test('leases addresses from its range, unless the network says another', () => {
    const services: ServiceInput[] = [{ ...pxe, configuration: { dhcpRange: '10.1.107.10-60' } }];
    const rangeOf = (network: NonNullable<DefinitionInput['network']>): string =>
      resolved(aDefinition({ network, services })).network.ipRange;

    expect(rangeOf({})).toBe('10.1.107.10-60');
    expect(rangeOf({ ipRange: '10.1.107.20-30' })).toBe('10.1.107.20-30');
  });
});

describe('properties of services', () => {
  const TYPES = ['LOAD_BALANCER', 'DNS', 'DHCP', 'STORAGE', 'MONITORING', 'PXE_BOOT'] as const;
  const FIELDS = [
    ...[
      'kind',
      'machines',
      'services',
      'address',
      'dualHomed',
      'publicInterface',
      'publicCidr',
      'publicSide',
    ],
    ...['privateInterface', 'server', 'dhcpRange', 'storageClass', 'proxmoxStorage', 'namespace'],
  ];
  const json = fc.jsonValue({ maxDepth: 4 });

  test('parsing never throws, whatever a service is made of', () => {
    const service = fc.record(
      {
        type: fc.oneof(fc.constantFrom(...TYPES), json),
        name: fc.oneof(fc.constant('own'), json),
        dependsOn: json,
        startupOrder: json,
        configuration: fc.oneof(fc.dictionary(fc.constantFrom(...FIELDS), json), json),
      },
      { requiredKeys: [] },
    );

    fc.assert(
      fc.property(fc.array(fc.oneof(service, json), { maxLength: 3 }), (services) => {
        const faults = parseClusterDefinition({ ...aDefinition(), services }, NETWORK);

        expect(faults.ok || faults.faults.every(({ pointer }) => pointer.startsWith('/'))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('resolved services resolve to themselves, whatever the defaults are by then', () => {
    const machines = fc.record(
      {
        count: fc.constantFrom(1 as const, 2 as const),
        cores: fc.integer({ min: 1, max: 8 }),
        targetNodes: fc.constantFrom<string[]>(['hv5'], []),
      },
      { requiredKeys: [] },
    );
    const loadBalancer = fc.record(
      {
        machines,
        publicInterface: fc.constantFrom('vmbr0.3', 'vmbr1'),
        publicGateway: fc.constantFrom(null, '10.1.3.2'),
        services: fc.constantFrom<('api' | 'ingress')[]>(['api'], ['api', 'ingress']),
      },
      { requiredKeys: ['publicInterface'] },
    );
    const others = fc.subarray<ServiceInput>([
      { name: 'dns', type: 'DNS', configuration: { machines: { memoryMiB: 1024 } } },
      { name: 'pxe', type: 'PXE_BOOT', configuration: { dhcpRange: '10.1.107.50-90' } },
      { name: 'nfs', type: 'STORAGE', configuration: { kind: 'NFS', server: '10.1.107.6', path: '/export' } },
      { name: 'metrics', type: 'MONITORING', required: false },
    ]);
    const publicNetwork = { cidr: '10.9.0.0/24', ipRange: '10.9.0.10-20', gateway: null };
    const otherDefaults = { ...NETWORK, domain: 'other.internal', ipRange: '10.1.107.7-9', publicNetwork };

    fc.assert(
      fc.property(loadBalancer, others, (configuration, services) => {
        const lb = { name: 'lb', type: 'LOAD_BALANCER', configuration } as ServiceInput;
        const once = resolved(aDefinition({ services: [lb, ...services] }));

        expect(resolved(structuredClone(once), otherDefaults)).toEqual(once);
      }),
    );
  });
});
