import { expect, test } from '@jest/globals';
import { natStep } from '../../../domain/network/nat.js';

const NETWORK = { subnet: '10.1.107.0/24', podCidr: '10.42.0.0/16' };

test('the rules are a file that can be loaded any number of times', () => {
  const rules = natStep(NETWORK).files.find(({ path }) => path === '/etc/nftables.conf');

  expect(rules?.content.split('\n').slice(3)).toEqual([
    'table ip clusterwright_nat',
    'delete table ip clusterwright_nat',
    'table ip clusterwright_nat {',
    '  chain forward {',
    '    type filter hook forward priority 0; policy accept;',
    '    ip daddr 10.1.107.0/24 ip saddr != { 10.1.107.0/24, 10.42.0.0/16 } ct state new drop',
    '  }',
    '  chain postrouting {',
    '    type nat hook postrouting priority 100; policy accept;',
    '    ip saddr 10.1.107.0/24 ip daddr != 10.1.107.0/24 masquerade',
    '  }',
    '}',
    '',
  ]);
});

test('forwarding outlives a restart, and IPv6 has its own table and switch', () => {
  const { files, observe } = natStep({ subnet: 'FD00:1:0::/64', podCidr: 'fd00:42::/56' });

  expect(files[0]).toMatchObject({
    path: '/etc/sysctl.d/90-clusterwright-nat.conf',
    content: 'net.ipv6.conf.all.forwarding = 1\n',
  });
  expect(observe).toContain('nft list table ip6 clusterwright_nat');
  expect(observe).toContain("'ip6 saddr fd00:1::/64 ip6 daddr != fd00:1::/64 masquerade'");
});

test.each([
  { ...NETWORK, subnet: "10.1.107.0/24'; reboot; '" },
  { ...NETWORK, podCidr: 'pods' },
  { ...NETWORK, podCidr: 'fd00:42::/56' },
])('%j is refused', (network) => {
  expect(() => natStep(network)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
});
