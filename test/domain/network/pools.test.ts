import { describe, expect, test } from '@jest/globals';
import type { GroupInterface } from '../../../domain/cluster-definition.js';
import { poolOverlaps, poolsOf, type PoolOfCluster } from '../../../domain/network/pools.js';
import { aDefinition, aNodeGroup } from '../../builders/definition.js';

const PUBLIC: GroupInterface = {
  ...{ name: 'public', bridge: 'vmbr0', privateVLAN: 3, cidr: '10.1.3.0/24' },
  ...{ ipRange: '10.1.3.10-20', gateway: null, mtu: null },
};

function aDualHomed() {
  const interfaces = [{ ...PUBLIC, name: 'bare', cidr: null, ipRange: null }, PUBLIC];
  const group = aNodeGroup();
  return aDefinition({ nodeGroups: [{ ...group, network: { ...group.network, interfaces } }] });
}

function another(change: Partial<PoolOfCluster>): PoolOfCluster {
  return {
    ...{ cluster: 'other', bridge: 'vmbr0', privateVLAN: null },
    ...{ cidr: '10.1.107.0/24', ipRange: '10.1.107.100-150' },
    ...change,
  };
}

test('the pools of a definition are those of its network and of its interfaces that have addresses', () => {
  expect(poolsOf(aDualHomed()).map(({ pointer, cidr }) => [pointer, cidr])).toEqual([
    ['/network/cidr', '10.1.107.0/24'],
    ['/nodeGroups/0/network/interfaces/1/cidr', '10.1.3.0/24'],
  ]);
});

describe('a pool of another cluster', () => {
  test.each<[string, Partial<PoolOfCluster>]>([
    ['that is the same', {}],
    ['in the same subnet with another range', { ipRange: '10.1.107.140-200' }],
    ['in a subnet apart', { cidr: '10.1.108.0/24' }],
    ['in another VLAN', { cidr: '10.1.107.0/25', privateVLAN: 7 }],
    ['on another bridge', { cidr: '10.1.107.0/25', bridge: 'vmbr1' }],
    ['that cannot be read', { cidr: 'lan' }],
  ])('%s is fine', (_what, change) => {
    expect(poolOverlaps(aDefinition(), [another(change)])).toEqual([]);
  });

  test.each(['10.1.107.0/25', '10.1.0.0/16'])(
    'in the subnet %s of the same network is refused, once',
    (cidr) => {
      expect(poolOverlaps(aDefinition(), [another({ cidr }), another({ cidr, ipRange: 'other' })])).toEqual([
        {
          pointer: '/network/cidr',
          detail: `10.1.107.0/24 overlaps ${cidr} of cluster "other" on vmbr0; use the same subnet, or one apart`,
        },
      ]);
    },
  );

  test('is held against interfaces, too', () => {
    const other = another({ cidr: '10.1.3.128/25', privateVLAN: 3 });

    expect(poolOverlaps(aDualHomed(), [other])).toEqual([
      {
        pointer: '/nodeGroups/0/network/interfaces/1/cidr',
        detail: expect.stringContaining('on VLAN 3 of vmbr0'),
      },
    ]);
  });
});
