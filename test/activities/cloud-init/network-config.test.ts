import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { machineNetwork } from '../../../activities/cloud-init/machine-network.js';
import { networkConfig } from '../../../activities/cloud-init/network-config.js';
import { macOf } from '../../../domain/machine.js';
import type { PlannedInterface, PlannedNetwork } from '../../../domain/plan.js';

const UUID = '0f1e2d3c-0000-4000-8000-000000aabbcc';
const IDENTITY = { uuid: UUID, mac: macOf(UUID) };

const NETWORK: PlannedNetwork = {
  ...{ bridge: 'vmbr0', vlan: 107, address: '10.1.107.100', prefixLength: 24, gateway: null },
  ...{ nameservers: ['10.1.107.2'], domain: 'lab.internal', mtu: null },
};

const PUBLIC: PlannedInterface = {
  ...{ name: 'public', bridge: 'vmbr0', vlan: 3, mtu: null },
  ...{ address: '10.1.3.10', prefixLength: 25, gateway: '10.1.3.1' },
};

const STORAGE: PlannedInterface = {
  ...{ name: 'storage', bridge: 'vmbr1', vlan: null, mtu: 9000 },
  ...{ address: null, prefixLength: null, gateway: null },
};

function ethernetsOf(network: PlannedNetwork, interfaces: readonly PlannedInterface[]): unknown {
  const text = networkConfig(machineNetwork(IDENTITY, { network, interfaces }, '10.1.107.123'));
  return (parse(text) as { ethernets: unknown }).ethernets;
}

describe('the network of a machine with several interfaces', () => {
  test('finds each by its MAC address, and has one default route', () => {
    expect(ethernetsOf(NETWORK, [PUBLIC, STORAGE])).toEqual({
      primary: {
        match: { macaddress: macOf(UUID).toLowerCase() },
        'set-name': 'primary',
        ...{ dhcp4: false, dhcp6: false, 'accept-ra': false },
        addresses: ['10.1.107.123/24'],
        nameservers: { addresses: ['10.1.107.2'], search: ['lab.internal'] },
      },
      public: {
        match: { macaddress: macOf(UUID, 1).toLowerCase() },
        'set-name': 'public',
        ...{ dhcp4: false, dhcp6: false, 'accept-ra': false },
        addresses: ['10.1.3.10/25'],
        routes: [{ to: '0.0.0.0/0', via: '10.1.3.1' }],
      },
      storage: {
        match: { macaddress: macOf(UUID, 2).toLowerCase() },
        'set-name': 'storage',
        ...{ dhcp4: false, dhcp6: false, 'accept-ra': false },
        optional: true,
        mtu: 9000,
      },
    });
  });

  test('is refused when it has two default routes', () => {
    expect(() => ethernetsOf({ ...NETWORK, gateway: '10.1.107.1' }, [PUBLIC])).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST' }),
    );
  });
});
