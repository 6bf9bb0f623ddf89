import { describe, expect, test } from '@jest/globals';
import { parseDnsmasq } from '../../../../lab/guest/dnsmasq/configuration.js';
import { DhcpService } from '../../../../lab/guest/dnsmasq/dhcp-service.js';
import { baseImage } from '../../../../lab/guest/disk/base-image.js';
import { putFile } from '../../../../lab/guest/disk/root-files.js';
import { NetworkInterfaces } from '../../../../lab/guest/networking/interfaces.js';
import { dhcpOn } from '../../../../lab/guest/networking/netplan.js';
import type { DhcpRequest } from '../../../../lab/guest/networking/dhcp.js';
import { aMachine } from '../lab.js';

const MAC = '02:00:00:00:00:01';
const IPXE: DhcpRequest['firmware'] = { architecture: 0, isIpxe: true };

/** On `vmbr0`, with the address 10.0.0.9/24. */
function aServer(text: string) {
  const disk = baseImage([], []);
  const machine = aMachine(1);
  const interfaces = new NetworkInterfaces(machine);
  interfaces.configure(machine, [
    { ...dhcpOn('ens18'), addresses: [{ address: '10.0.0.9', prefixLength: 24 }] },
  ]);
  const lines = text.split('\n').map((line, index) => ({ file: 'a', number: index + 1, text: line }));
  const configuration = parseDnsmasq(lines);
  const service = new DhcpService({
    system: { disk, interfaces },
    configuration,
    interfaces: interfaces.cards(),
    log: () => {},
  });
  const ask = (mac: string, firmware: DhcpRequest['firmware'] = null, segment = 'vmbr0') =>
    service.answer({ mac, firmware }, segment);
  return { disk, service, ask };
}

describe('dnsmasq', () => {
  test('gives out the addresses of its range, each machine its own again', () => {
    const { ask } = aServer('dhcp-range=10.0.0.9,10.0.0.11,12h');

    const given = [MAC, '02:00:00:00:00:02', MAC, '02:00:00:00:00:03'].map((mac) => ask(mac)?.address);

    // 10.0.0.9 is its own, and there is no fourth one.
    expect(given).toEqual(['10.0.0.10', '10.0.0.11', '10.0.0.10', undefined]);
  });

  test('names itself as router and name server unless told otherwise', () => {
    const plain = aServer('dhcp-range=10.0.0.20,10.0.0.30').ask(MAC);
    const told = aServer('port=0\ndhcp-range=10.0.0.20,10.0.0.30\ndhcp-option=3\ndhcp-option=6,10.0.0.1').ask(
      MAC,
    );

    expect(plain).toMatchObject({ gateway: '10.0.0.9', nameservers: ['10.0.0.9'] });
    expect(told).toMatchObject({ gateway: null, nameservers: ['10.0.0.1'] });
  });

  test.each([
    ['on another segment', 'dhcp-range=10.0.0.20,10.0.0.30', 'vmbr1'],
    ['without a range', 'port=0', 'vmbr0'],
    ['with a range of another subnet', 'dhcp-range=10.9.0.20,10.9.0.30', 'vmbr0'],
    ['that is to be ignored', `dhcp-range=10.0.0.20,10.0.0.30\ndhcp-host=${MAC},ignore`, 'vmbr0'],
    ['with a static range and no reservation', 'dhcp-range=10.0.0.0,static', 'vmbr0'],
  ])('does not answer a machine %s', (_, text, segment) => {
    expect(aServer(text).ask(MAC, null, segment)).toBeUndefined();
  });

  test('tells firmware what to boot by its tags', () => {
    const { ask } = aServer(
      [
        'dhcp-range=10.0.0.20,10.0.0.30',
        'dhcp-match=set:ipxe,175',
        'dhcp-match=set:efi,option:client-arch,7',
        'tag-if=set:plain-efi,tag:efi,tag:!ipxe',
        'dhcp-boot=undionly.kpxe',
        'dhcp-boot=tag:plain-efi,ipxe.efi',
        'dhcp-boot=tag:ipxe,http://10.0.0.2/script',
      ].join('\n'),
    );

    expect(ask(MAC, IPXE)?.bootFile).toBe('http://10.0.0.2/script');
    expect(ask(MAC, { architecture: 0, isIpxe: false })?.bootFile).toBe('undionly.kpxe');
    expect(ask(MAC, { architecture: 7, isIpxe: false })?.bootFile).toBe('ipxe.efi');
    expect(ask(MAC)?.bootFile).toBeNull();
  });

  test('has by TFTP what lies in its folder, and only with TFTP', () => {
    const on = aServer('enable-tftp\ntftp-root=/srv/tftp');
    const off = aServer('tftp-root=/srv/tftp');
    for (const { disk } of [on, off]) putFile(disk, '/srv/tftp/a.kpxe', 'a');

    expect([on, off].map(({ service }) => service.hasFile('a.kpxe'))).toEqual([true, false]);
    expect(on.service.hasFile('b.kpxe')).toBe(false);
  });
});
