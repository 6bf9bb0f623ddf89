import { describe, expect, test } from '@jest/globals';
import { dnsmasqConfig } from '../../../../domain/pxe/dnsmasq-config.js';
import { parseDnsmasq, type ConfigurationLine } from '../../../../lab/guest/dnsmasq/configuration.js';

function lines(text: string): ConfigurationLine[] {
  const all = text.split('\n').map((line, index) => ({
    file: '/etc/dnsmasq.d/a.conf',
    number: index + 1,
    text: line.trim(),
  }));
  return all.filter((line) => line.text !== '' && !line.text.startsWith('#'));
}

describe('the configuration of dnsmasq', () => {
  test('is read as the product writes it', () => {
    const text = dnsmasqConfig({
      cluster: 'edge',
      interface: 'eth1',
      subnet: '10.1.107.0/24',
      serverAddress: '10.1.107.9',
      gateway: null,
      nameservers: ['10.1.107.1'],
      domain: 'lab.internal',
      bootUrl: 'http://10.1.107.2:8082',
      reservations: [{ mac: 'BC:24:11:00:00:01', address: '10.1.107.101', hostname: 'edge-1' }],
      dhcpRange: null,
      dns: { records: [{ name: 'api.lab.internal', address: '10.1.107.101' }] },
    });

    const configuration = parseDnsmasq(lines(text));

    expect(configuration).toMatchObject({
      interfaces: ['eth1'],
      exceptInterfaces: ['lo'],
      bindsDynamically: true,
      leaseFile: null,
      tftp: true,
      ranges: [{ start: '10.1.107.0', end: null, netmask: '255.255.255.0' }],
      hosts: [{ macs: ['bc:24:11:00:00:01'], sets: ['cw-edge'], address: '10.1.107.101', name: 'edge-1' }],
      ignores: [{ present: [], absent: ['known'] }],
    });
    expect(configuration.options[0]).toEqual({
      when: { present: ['cw-edge'], absent: [] },
      option: 3,
      values: [],
    });
  });

  test.each([
    [
      'an option that does not exist',
      'dhcp-rnge=10.0.0.1',
      /^bad option at line 1 of \/etc\/dnsmasq\.d\/a\.conf$/,
    ],
    ['a range of nonsense', '\ndhcp-range=here,there', /^bad dhcp-range at line 2/],
    ['a lease time of nonsense', 'dhcp-range=10.0.0.1,10.0.0.9,soon', /^bad dhcp-range/],
    ['a host with two addresses', 'dhcp-host=02:00:00:00:00:01,10.0.0.1,10.0.0.2', /^bad dhcp-host/],
    [
      'an address that two hosts have',
      'dhcp-host=02:00:00:00:00:01,10.0.0.1\ndhcp-host=02:00:00:00:00:02,10.0.0.1',
      /^bad dhcp-host at line 2/,
    ],
    ['a DHCP option without a number', 'dhcp-option=option:nonsense,1', /^bad dhcp-option/],
    ['a match that sets nothing', 'dhcp-match=175', /^bad dhcp-match/],
    ['a flag with a value', 'log-dhcp=yes', /^extraneous parameter/],
    ['a value that is missing', 'tftp-root', /^missing parameter/],
    ['a port that is said twice', 'port=0\nport=53', /^illegal repeated keyword at line 2/],
  ])('is refused for %s', (_, text, reason) => {
    expect(() => parseDnsmasq(lines(text))).toThrow(reason);
  });
});
