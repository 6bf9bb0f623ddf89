import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { apiNames } from '../../../domain/dns/cluster-names.js';
import { type ClusterNames, clusterRecords } from '../../../domain/dns/cluster-records.js';
import { dnsServerSteps } from '../../../domain/dns/dns-steps.js';
import { type DnsServer, dnsmasqDnsConfig } from '../../../domain/dns/dnsmasq-dns-config.js';
import { verifyDnsStep } from '../../../domain/dns/verify-dns.js';

const NAMES: ClusterNames = {
  cluster: 'okd',
  domain: 'lab.internal',
  api: '192.0.2.5',
  apiInternal: '10.1.107.5',
  ingress: '192.0.2.5',
  nodes: [
    { name: 'okd-master-1', address: '10.1.107.101' },
    { name: 'okd-worker-1', address: '10.1.107.111' },
  ],
};

function aServer(change: Partial<DnsServer> = {}): DnsServer {
  return {
    cluster: 'okd',
    interface: 'primary',
    address: '10.1.107.2',
    domain: 'okd.lab.internal',
    nameservers: ['10.1.107.1', '9.9.9.9'],
    records: clusterRecords(NAMES),
    ...change,
  };
}

function linesOf(server: DnsServer): string[] {
  return dnsmasqDnsConfig(server)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

test('a cluster has the names that OKD asks for, and one for each node', () => {
  expect(clusterRecords(NAMES)).toEqual([
    { name: '*.apps.okd.lab.internal', address: '192.0.2.5' },
    { name: 'api-int.okd.lab.internal', address: '10.1.107.5' },
    { name: 'api.okd.lab.internal', address: '192.0.2.5' },
    { name: 'okd-master-1.okd.lab.internal', address: '10.1.107.101' },
    { name: 'okd-worker-1.okd.lab.internal', address: '10.1.107.111' },
  ]);
  expect(apiNames(NAMES)).toEqual(['api.okd.lab.internal', 'api-int.okd.lab.internal']);
  const names = clusterRecords({ ...NAMES, ingress: null }).map(({ name }) => name);
  expect(names).not.toContain('*.apps.okd.lab.internal');
});

test('a nameserver answers on its interface, knows its own domain, and asks others for the rest', () => {
  expect(linesOf(aServer())).toEqual([
    'interface=primary',
    'except-interface=lo',
    'bind-dynamic',
    'domain-needed',
    'no-resolv',
    'no-hosts',
    'local=/okd.lab.internal/',
    'server=10.1.107.1',
    'server=9.9.9.9',
    'address=/apps.okd.lab.internal/192.0.2.5',
    'host-record=api-int.okd.lab.internal,10.1.107.5',
    'host-record=api.okd.lab.internal,192.0.2.5',
    'host-record=okd-master-1.okd.lab.internal,10.1.107.101',
    'host-record=okd-worker-1.okd.lab.internal,10.1.107.111',
  ]);
});

test('the text does not depend on the order of the records', () => {
  const { records } = aServer();
  fc.assert(
    fc.property(fc.shuffledSubarray([...records], { minLength: records.length }), (shuffled) => {
      expect(dnsmasqDnsConfig(aServer({ records: shuffled }))).toBe(dnsmasqDnsConfig(aServer()));
    }),
  );
});

describe('refuses', () => {
  const hostile = 'x\naddress=/#/192.0.2.66';
  test.each<[string, Partial<DnsServer>, RegExp]>([
    ['a nameserver that asks itself', { nameservers: ['10.1.107.2'] }, /another than the DNS server itself/],
    ['a hostile interface', { interface: hostile }, /name of an interface/],
    ['a hostile domain', { domain: hostile }, /DNS domain/],
    ['a hostile nameserver', { nameservers: [hostile] }, /IP address/],
    ['a hostile name', { records: [{ name: hostile, address: '10.1.107.5' }] }, /full DNS name/],
    ['a wildcard in the middle', { records: [{ name: 'a.*.b', address: '10.1.107.5' }] }, /full DNS name/],
    ['a hostile address', { records: [{ name: 'a.b', address: hostile }] }, /IP address/],
    [
      'a record twice',
      {
        records: [
          { name: 'a.b', address: 'fd00::1' },
          { name: 'a.b', address: 'fd00:0::1' },
        ],
      },
      /only once/,
    ],
  ])('%s', (_, change, detail) => {
    expect(() => dnsServerSteps(aServer(change))).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringMatching(detail) }),
    );
  });
});

test('each name is looked up, and any name below a wildcard', () => {
  const { observe, act, verify } = verifyDnsStep(clusterRecords(NAMES));

  expect([observe, act]).toEqual([null, null]);
  expect(verify).toContain('look_up clusterwright-check.apps.okd.lab.internal 192.0.2.5\n');
  expect(verify).toContain('look_up okd-worker-1.okd.lab.internal 10.1.107.111\n');
  expect(() => verifyDnsStep([])).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
});

test('all scripts are ones that a POSIX shell reads', () => {
  for (const { observe, act, verify } of [...dnsServerSteps(aServer()), verifyDnsStep(aServer().records)]) {
    for (const script of [observe, act, verify]) {
      const input = `set -eu\n{\n${script ?? 'true'}\n} </dev/null\n`;
      execFileSync('sh', ['-n'], { input, stdio: ['pipe', 'pipe', 'pipe'] });
    }
  }
});
