import { describe, expect, test } from '@jest/globals';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { parseClusterDefinition, type NetworkDefaults } from '../../schema/cluster-definition.js';
import type { DefinitionInput } from '../../schema/definition/shape.js';
import { aDefinition, aLoadBalancer, aServerGroup, aWorkerGroup, NETWORK } from './definition-builder.js';
import { aDualHomedDefinition, anInterface } from './dual-homed.js';

type NetworkInput = NonNullable<DefinitionInput['network']>;

function resolved(input: unknown, defaults: NetworkDefaults = NETWORK): ClusterDefinition {
  const result = parseClusterDefinition(input, defaults);
  if (!result.ok) throw new Error(JSON.stringify(result.faults, null, 2));
  return result.definition;
}

function networkOf(network: NetworkInput, defaults = NETWORK): ClusterDefinition['network'] {
  return resolved(aDefinition({ network }), defaults).network;
}

describe('a bridge', () => {
  test.each<[NetworkInput, object]>([
    [{ bridge: 'vmbr0.107' }, { bridge: 'vmbr0', privateVLAN: 107 }],
    [
      { bridge: 'vmbr0.107', privateVLAN: 107 },
      { bridge: 'vmbr0', privateVLAN: 107 },
    ],
    [
      { bridge: 'vmbr0.107', isolation: 'VLAN' },
      { bridge: 'vmbr0', privateVLAN: 107 },
    ],
    [{ bridge: 'vmbr0v107' }, { bridge: 'vmbr0v107', privateVLAN: 20 }],
    [{ bridge: 'vmbr1' }, { bridge: 'vmbr1', privateVLAN: 20 }],
    [
      { bridge: 'vmbr1', privateVLAN: null },
      { bridge: 'vmbr1', privateVLAN: null },
    ],
    [{ privateVLAN: 107 }, { bridge: 'vmbr0', privateVLAN: 107 }],
  ])('written as %j is read as %j', (network, expected) => {
    expect(networkOf(network, { ...NETWORK, vlan: 20 })).toMatchObject(expected);
  });

  test("of the service's own network may be written with its VLAN", () => {
    const defaults = { ...NETWORK, bridge: 'vmbr0.20' };

    expect(networkOf({}, defaults)).toMatchObject({ bridge: 'vmbr0', privateVLAN: 20 });
    expect(networkOf({ privateVLAN: 7 }, defaults)).toMatchObject({ bridge: 'vmbr0', privateVLAN: 7 });
  });

  test("of a group may be another VLAN, or the cluster's", () => {
    const { nodeGroups } = resolved(
      aDefinition({
        nodeGroups: [
          aServerGroup({ network: { bridge: 'vmbr0.9' } }),
          aWorkerGroup({ network: { bridge: 'vmbr1', privateVLAN: null } }),
        ],
      }),
    );

    expect(nodeGroups.map(({ network }) => network)).toMatchObject([
      { bridge: 'vmbr0', privateVLAN: 9 },
      { bridge: 'vmbr1', privateVLAN: null },
    ]);
  });
});

describe('the way out', () => {
  test.each<[NetworkInput, object]>([
    [{}, { gateway: '10.1.107.1', egress: 'GATEWAY' }],
    [{ gateway: '10.1.107.9' }, { gateway: '10.1.107.9', egress: 'GATEWAY' }],
    [{ gateway: null }, { gateway: null, egress: 'NONE' }],
    [{ egress: 'NONE' }, { gateway: null, egress: 'NONE' }],
    [{ egress: 'GATEWAY' }, { gateway: '10.1.107.1', egress: 'GATEWAY' }],
  ])('of %j is %j', (network, expected) => {
    expect(networkOf(network)).toMatchObject(expected);
  });

  test('through a bastion needs no more than its second interface', () => {
    const { network, nodeGroups } = resolved(aDualHomedDefinition());

    expect(network).toMatchObject({ bridge: 'vmbr0', privateVLAN: 107, gateway: null, egress: 'BASTION' });
    expect(nodeGroups[1]?.network).toEqual({
      bridge: null,
      privateVLAN: null,
      interfaces: [
        {
          ...{ name: 'public', bridge: 'vmbr0', privateVLAN: 3, cidr: '10.1.3.0/24' },
          ...{ ipRange: '10.1.3.10-10.1.3.20', gateway: '10.1.3.1', mtu: null },
        },
      ],
      firewall: [],
    });
  });

  test('through a load balancer needs one', () => {
    const services = [aLoadBalancer({ publicInterface: 'vmbr0.3' })];

    expect(
      resolved(aDefinition({ network: { egress: 'LOAD_BALANCER' }, services })).network.gateway,
    ).toBeNull();
  });
});

describe('interfaces', () => {
  test('need no address', () => {
    const interfaces = [{ name: 'storage', bridge: 'vmbr1', mtu: 9000 }];
    const { nodeGroups } = resolved(aDefinition({ nodeGroups: [aServerGroup({ network: { interfaces } })] }));

    expect(nodeGroups[0]?.network.interfaces).toEqual([
      { ...interfaces[0], privateVLAN: null, cidr: null, ipRange: null, gateway: null },
    ]);
  });

  test.each([
    ['the same range', {}],
    ['a range apart', { ipRange: '10.1.3.30-40' }],
  ])('of two groups may share a subnet with %s', (_what, change) => {
    const interfaces = [anInterface({ gateway: null, ...change })];
    const more = [aWorkerGroup({ name: 'edge', network: { interfaces } })];

    expect(resolved(aDualHomedDefinition({ more }))).toBeDefined();
  });
});

test('virtual addresses are outside of the range, or of the range', () => {
  const virtualAddresses = [{ name: 'api', address: '10.1.107.9' }, { name: 'web' }];

  expect(networkOf({ virtualAddresses }).virtualAddresses).toEqual([
    { name: 'api', address: '10.1.107.9' },
    { name: 'web', address: null },
  ]);
});

describe('a firewall', () => {
  test('is off unless it is asked for, and an empty one is on', () => {
    expect(networkOf({}).firewall).toBeNull();
    expect(networkOf({ firewall: [] }).firewall).toEqual([]);
  });

  test('has rules that let anything in from anywhere unless they say more', () => {
    expect(networkOf({ firewall: [{ action: 'ACCEPT' }] }).firewall).toEqual([
      {
        ...{ direction: 'IN', action: 'ACCEPT', protocol: 'ANY', ports: [] },
        ...{ source: null, destination: null, comment: '' },
      },
    ]);
  });

  test.each(['10.1.3.7', '10.1.3.0/24', '10.1.3.7-10.1.3.9', 'fd00::7', 'fd00::/64'])(
    'knows %s',
    (source) => {
      const ports = ['22', '30000:32767'];
      const rule = { action: 'DROP', protocol: 'TCP', ports, source, comment: 'no SSH' } as const;

      expect(networkOf({ firewall: [rule] }).firewall).toMatchObject([rule]);
    },
  );
});

test('a resolved network resolves to itself, whatever the defaults are by then', () => {
  const once = resolved(
    aDualHomedDefinition({
      network: { firewall: [{ action: 'DROP' }], virtualAddresses: [{ name: 'api' }] },
    }),
  );
  const otherDefaults = { ...NETWORK, bridge: 'vmbr9.9', vlan: 9, gateway: '10.1.107.7' };

  expect(resolved(structuredClone(once), otherDefaults)).toEqual(once);
});
