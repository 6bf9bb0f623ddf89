import { describe, expect, test } from '@jest/globals';
import { netDevices, unwantedNetDevices } from '../../../activities/proxmox/net-devices.js';
import type { PlannedInterface, PlannedNetwork } from '../../../domain/plan.js';

const IDENTITY = { uuid: '0f1e2d3c-0000-4000-8000-000000ffffff', mac: 'BC:24:11:FF:FF:FF' };

const NETWORK: PlannedNetwork = {
  ...{ bridge: 'vmbr0', vlan: 107, address: '10.1.107.100', prefixLength: 24, gateway: null },
  ...{ nameservers: [], domain: 'lab.internal', mtu: 1400 },
};

const PUBLIC: PlannedInterface = {
  ...{ name: 'public', bridge: 'vmbr1', vlan: null, mtu: null },
  ...{ address: '10.1.3.10', prefixLength: 24, gateway: '10.1.3.1' },
};

describe('network devices', () => {
  test('are one for each interface, in order, each with a MAC address of its own', () => {
    const interfaces = [PUBLIC, { ...PUBLIC, name: 'storage', vlan: 9, mtu: 9000 }];

    expect(netDevices(IDENTITY, { network: NETWORK, interfaces, firewall: null })).toEqual({
      net0: 'virtio=BC:24:11:FF:FF:FF,bridge=vmbr0,tag=107,mtu=1400',
      net1: 'virtio=BC:24:11:9E:37:78,bridge=vmbr1',
      net2: 'virtio=BC:24:11:3C:6E:F1,bridge=vmbr1,tag=9,mtu=9000',
    });
  });

  test('are behind the firewall where the machine has one, if only an empty one', () => {
    const devices = netDevices(IDENTITY, { network: NETWORK, interfaces: [PUBLIC], firewall: [] });

    expect(Object.values(devices).every((device) => device.includes(',firewall=1'))).toBe(true);
  });

  test('that are not wanted are named', () => {
    const config = { net0: 'x', net1: 'y', net12: 'z', netmask: 'n', digest: 'd' };

    expect(unwantedNetDevices(config, { net0: 'x' })).toEqual(['net1', 'net12']);
  });
});
