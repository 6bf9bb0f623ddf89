import type { DhcpNetwork } from '../../../domain/dhcp/dhcp-network.js';

export function aDhcpNetwork(change: Partial<DhcpNetwork> = {}): DhcpNetwork {
  return {
    cluster: 'demo',
    interface: 'primary',
    subnet: '10.1.107.0/24',
    serverAddress: '10.1.107.10',
    gateway: '10.1.107.1',
    nameservers: ['10.1.107.2', 'fd00::53'],
    ntpServers: [],
    domain: 'demo.lab.internal',
    reservations: [{ mac: 'BC:24:11:00:00:01', address: '10.1.107.101', hostname: 'demo-worker-1' }],
    dhcpRange: null,
    ...change,
  };
}
