import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { dnsmasqConfig } from '../../../domain/pxe/dnsmasq-config.js';
import type { PxeNetwork } from '../../../domain/pxe/pxe-network.js';
import { aPxeNetwork, aReservation, pxeNetworks } from './networks.js';

function linesOf(network: PxeNetwork): string[] {
  return dnsmasqConfig(network)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

test('answers machines with a reservation, each by its own address, and says nothing of DNS', () => {
  const reservations = [aReservation(2), aReservation(1)];

  expect(linesOf(aPxeNetwork({ reservations }))).toEqual([
    'interface=eth1',
    'except-interface=lo',
    'bind-dynamic',
    'dhcp-range=10.1.107.0,static,255.255.255.0,1h',
    'dhcp-ignore=tag:!known',
    'dhcp-authoritative',
    'leasefile-ro',
    'log-dhcp',
    'dhcp-host=bc:24:11:00:00:01,set:cw-demo,10.1.107.101,demo-worker-1',
    'dhcp-host=bc:24:11:00:00:02,set:cw-demo,10.1.107.102,demo-worker-2',
    'dhcp-option=tag:cw-demo,option:router,10.1.107.1',
    'dhcp-option=tag:cw-demo,option:dns-server,10.1.107.1',
    'dhcp-option=tag:cw-demo,option:domain-name,demo.internal',
    'enable-tftp',
    'tftp-root=/usr/lib/ipxe',
    'dhcp-match=set:ipxe,175',
    'dhcp-match=set:bios,option:client-arch,0',
    'dhcp-match=set:uefi,option:client-arch,7',
    'dhcp-match=set:uefi,option:client-arch,9',
    'dhcp-boot=tag:cw-demo,tag:ipxe,http://10.1.107.2:8090/ipxe/${net0/mac:hexhyp}',
    'dhcp-boot=tag:cw-demo,tag:!ipxe,tag:bios,undionly.kpxe,,10.1.107.10',
    'dhcp-boot=tag:cw-demo,tag:!ipxe,tag:uefi,ipxe.efi,,10.1.107.10',
  ]);
});

test('leaves out a gateway and nameservers that there are not, instead of naming the server itself', () => {
  const lines = linesOf(aPxeNetwork({ gateway: null, nameservers: [] }));

  expect(lines).toContain('dhcp-option=tag:cw-demo,option:router');
  expect(lines).toContain('dhcp-option=tag:cw-demo,option:dns-server');
});

test('tells machines of the nameservers that DHCP for IPv4 can name', () => {
  const lines = linesOf(aPxeNetwork({ nameservers: ['fd00::53', '9.9.9.9'] }));

  expect(lines).toContain('dhcp-option=tag:cw-demo,option:dns-server,9.9.9.9');
});

test.each([
  ['10.0.0.0/8', '255.0.0.0'],
  ['10.1.107.0/25', '255.255.255.128'],
  ['10.1.107.8/30', '255.255.255.252'],
])('knows the netmask of %s', (subnet, mask) => {
  const network = aPxeNetwork({ subnet, gateway: null, serverAddress: '10.1.107.10', reservations: [] });

  expect(linesOf(network)).toContain(`dhcp-range=${subnet.split('/')[0]},static,${mask},1h`);
});

test('with DNS it names itself, serves the records and asks the nameservers for the rest', () => {
  const records = [
    { name: 'b.demo.internal', address: '10.1.107.5' },
    { name: 'a.demo.internal', address: '10.1.107.6' },
    { name: '*.apps.demo.internal', address: '10.1.107.7' },
  ];

  const lines = linesOf(aPxeNetwork({ dns: { records } }));

  expect(lines).toContain('dhcp-option=tag:cw-demo,option:dns-server,10.1.107.10');
  expect(lines.slice(-7)).toEqual([
    'no-resolv',
    'no-hosts',
    'local=/demo.internal/',
    'server=10.1.107.1',
    'address=/apps.demo.internal/10.1.107.7',
    'host-record=a.demo.internal,10.1.107.6',
    'host-record=b.demo.internal,10.1.107.5',
  ]);
});

describe('for any network', () => {
  test('the text does not depend on the order of reservations and records', () => {
    fc.assert(
      fc.property(pxeNetworks, (network) => {
        const turned = {
          ...network,
          reservations: network.reservations.toReversed(),
          dns: network.dns === null ? null : { records: network.dns.records.toReversed() },
        };
        expect(dnsmasqConfig(turned)).toBe(dnsmasqConfig(network));
      }),
    );
  });

  test('what is a cluster’s own is bound to its tag, and the rest is the same for another cluster', () => {
    fc.assert(
      fc.property(pxeNetworks, (network) => {
        const shared = (cluster: string): string[] =>
          linesOf({ ...network, cluster, reservations: [], dns: null }).filter(
            (line) => !line.includes(`tag:cw-${cluster}`),
          );
        expect(shared('other')).toEqual(shared('demo'));
        const own = linesOf(network).filter((line) => /^dhcp-(host|option|boot)=/.test(line));
        expect(own.every((line) => /(set|tag):cw-demo,/.test(line))).toBe(true);
      }),
    );
  });
});

describe('nothing can become a second option', () => {
  /** Each takes a hostile text into one field. */
  const FIELDS: readonly (readonly [string, (text: string) => Partial<PxeNetwork>])[] = [
    ['cluster', (text) => ({ cluster: text })],
    ['interface', (text) => ({ interface: text })],
    ['subnet', (text) => ({ subnet: text })],
    ['serverAddress', (text) => ({ serverAddress: text })],
    ['gateway', (text) => ({ gateway: text })],
    ['nameserver', (text) => ({ nameservers: [text] })],
    ['domain', (text) => ({ domain: text })],
    ['bootUrl', (text) => ({ bootUrl: text })],
    ['dhcpRange', (text) => ({ dhcpRange: text })],
    ['mac', (text) => ({ reservations: [{ ...aReservation(1), mac: text }] })],
    ['address', (text) => ({ reservations: [{ ...aReservation(1), address: text }] })],
    ['hostname', (text) => ({ reservations: [{ ...aReservation(1), hostname: text }] })],
    ['record', (text) => ({ dns: { records: [{ name: text, address: '10.1.107.5' }] } })],
    ['record’s address', (text) => ({ dns: { records: [{ name: 'a.demo.internal', address: text }] } })],
  ];
  const hostile = fc
    .tuple(fc.string(), fc.constantFrom('\n', '\r', ',', ' ', '"', '#', '\\', '\0', '*', '$'), fc.string())
    .map((parts) => parts.join(''));

  test.each(FIELDS)('in %s', (_, change) => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(() => dnsmasqConfig(aPxeNetwork(change(text)))).toThrow(
          expect.objectContaining({ code: 'INVALID_REQUEST' }),
        );
      }),
    );
  });

  test.each(FIELDS)('nor does a right text with a newline behind it pass in %s', (_, change) => {
    const right = aPxeNetwork();
    const values = [right.cluster, right.interface, right.subnet, right.serverAddress, right.domain];
    const more = [right.bootUrl, '10.1.107.100-150', 'bc:24:11:00:00:01', '10.1.107.101'];
    for (const value of [...values, ...more]) {
      expect(() => dnsmasqConfig(aPxeNetwork(change(`${value}\ndhcp-script=/bin/sh`)))).toThrow(
        expect.objectContaining({ code: 'INVALID_REQUEST' }),
      );
    }
  });
});

describe('refuses', () => {
  const two = (change: object): Partial<PxeNetwork> => ({
    reservations: [aReservation(1), { ...aReservation(2), ...change }],
  });
  test.each<[string, Partial<PxeNetwork>, RegExp]>([
    ['a MAC address twice', two({ mac: 'bc:24:11:00:00:01' }), /bc:24:11:00:00:01 must be there only once/],
    ['an address twice', two({ address: '10.1.107.101' }), /10\.1\.107\.101 must be there only once/],
    ['a host name twice', two({ hostname: 'demo-worker-1' }), /demo-worker-1 must be there only once/],
    ['the MAC address of a group', two({ mac: '01:00:5e:00:00:01' }), /one interface/],
    ['an address of another subnet', two({ address: '10.1.108.5' }), /a host of the PXE subnet/],
    ['the broadcast address', two({ address: '10.1.107.255' }), /a host of the PXE subnet/],
    ['an address outside of the range', two({ address: '10.1.107.151' }), /in 10\.1\.107\.100-150/],
    ['its own address for a machine', { serverAddress: '10.1.107.101' }, /another than the PXE server's/],
    ['IPv6', { subnet: 'fd00::/64' }, /an IPv4 subnet/],
    ['a gateway elsewhere', { gateway: '10.1.108.1' }, /a host of the PXE subnet/],
    ['a URL that no firmware takes', { bootUrl: `http://${'a'.repeat(120)}` }, /at most 103 characters/],
    ['a URL of another kind', { bootUrl: 'ftp://10.1.107.2' }, /the URL of the boot service/],
  ])('%s', (_, change, detail) => {
    expect(() => dnsmasqConfig(aPxeNetwork(change))).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringMatching(detail) }),
    );
  });
});
