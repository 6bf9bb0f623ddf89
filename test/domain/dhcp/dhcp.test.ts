import { describe, expect, test } from '@jest/globals';
import type { DhcpNetwork } from '../../../domain/dhcp/dhcp-network.js';
import { dhcpServerSteps } from '../../../domain/dhcp/dhcp-steps.js';
import { dnsmasqDhcpConfig } from '../../../domain/dhcp/dnsmasq-dhcp-config.js';
import { aDhcpNetwork } from './networks.js';

function linesOf(network: DhcpNetwork): string[] {
  return dnsmasqDhcpConfig(network)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

test('answers machines with a reservation, tells them what they need, and serves nothing else', () => {
  expect(linesOf(aDhcpNetwork({ ntpServers: ['10.1.107.1'] }))).toEqual([
    'port=0',
    'interface=primary',
    'except-interface=lo',
    'bind-dynamic',
    'dhcp-range=10.1.107.0,static,255.255.255.0,1h',
    'dhcp-ignore=tag:!known',
    'dhcp-authoritative',
    'leasefile-ro',
    'log-dhcp',
    'dhcp-host=bc:24:11:00:00:01,set:cw-demo,10.1.107.101,demo-worker-1',
    'dhcp-option=tag:cw-demo,option:router,10.1.107.1',
    'dhcp-option=tag:cw-demo,option:dns-server,10.1.107.2',
    'dhcp-option=tag:cw-demo,option:domain-name,demo.lab.internal',
    'dhcp-option=tag:cw-demo,option:ntp-server,10.1.107.1',
  ]);
});

test('does not name itself as what there is not', () => {
  const lines = linesOf(aDhcpNetwork({ gateway: null, nameservers: [] }));

  expect(lines).toContain('dhcp-option=tag:cw-demo,option:router');
  expect(lines).toContain('dhcp-option=tag:cw-demo,option:dns-server');
  expect(lines.join()).not.toContain('ntp-server');
});

test('the file is the cluster’s own, and the scripts do not depend on what is reserved', () => {
  const [one] = dhcpServerSteps(aDhcpNetwork());
  const [other] = dhcpServerSteps(aDhcpNetwork({ reservations: [] }));

  expect(one?.files.map(({ path }) => path)).toEqual(['/etc/dnsmasq.d/.clusterwright-demo.dhcp.conf.wanted']);
  expect({ ...one, files: [] }).toEqual({ ...other, files: [] });
});

describe('refuses', () => {
  const [reservation] = aDhcpNetwork().reservations;
  test.each<[string, Partial<DhcpNetwork>, RegExp]>([
    ['IPv6', { subnet: 'fd00::/64' }, /must be an IPv4 subnet/],
    ['a server elsewhere', { serverAddress: '10.1.108.1' }, /a host of the DHCP subnet/],
    ["a machine with the server's address", { serverAddress: '10.1.107.101' }, /the DHCP server's/],
    ['an address outside of the range', { dhcpRange: '10.1.107.110-120' }, /in 10\.1\.107\.110-120/],
    ['a range that is none', { dhcpRange: 'all' }, /the range "all" for DHCP/],
    ['one machine twice', { reservations: [reservation, reservation] as never }, /only once in a DHCP/],
    ['an NTP server by name', { ntpServers: ['pool.example'] }, /an IPv4 address/],
    ['a hostile domain', { domain: 'x\ndhcp-script=/bin/sh' }, /DNS domain/],
  ])('%s', (_, change, detail) => {
    expect(() => dnsmasqDhcpConfig(aDhcpNetwork(change))).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringMatching(detail) }),
    );
  });
});
