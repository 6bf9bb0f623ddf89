import { describe, expect, test } from '@jest/globals';
import type { FirewallRule } from '../../../domain/firewall.js';
import { machineFirewall } from '../../../domain/network/firewall-rules.js';
import { parseMatch, parsePorts } from '../../../domain/network/firewall-text.js';
import { networkWarnings } from '../../../domain/network/network-warnings.js';
import { aDefinition, aNodeGroup } from '../../builders/definition.js';

function aRule(comment: string): FirewallRule {
  return {
    ...{ direction: 'IN', action: 'DROP', protocol: 'ANY', ports: [] },
    ...{ source: null, destination: null, comment },
  };
}

function firewallOf(role: 'CONTROL_PLANE' | 'WORKER', firewall: readonly FirewallRule[] | null) {
  const definition = aDefinition();
  const group = aNodeGroup({ role });
  return machineFirewall(
    { network: { ...definition.network, firewall } },
    { ...group, network: { ...group.network, firewall: [aRule('of the group')] } },
  );
}

describe('the rules of a machine', () => {
  test('are none where the cluster has no firewall', () => {
    expect(firewallOf('WORKER', null)).toBeNull();
  });

  test('let the cluster in first, then what was asked for decides, then what is needed from outside', () => {
    const rules = firewallOf('CONTROL_PLANE', [aRule('of the cluster')]) ?? [];

    expect(rules.map(({ comment, source, ports }) => [comment, source, ports.join()])).toEqual([
      ['Clusterwright: machines of the cluster', '10.1.107.0/24', ''],
      ['Clusterwright: pods of the cluster', '10.42.0.0/16', ''],
      ['of the cluster', null, ''],
      ['of the group', null, ''],
      ['Clusterwright: SSH', null, '22'],
      ['Clusterwright: Kubernetes API', null, '6443'],
      ['Clusterwright: ICMP', null, ''],
    ]);
  });

  test('open no API on machines that have none', () => {
    expect(firewallOf('WORKER', [])?.flatMap(({ ports }) => ports)).toEqual(['22']);
  });
});

describe('what a rule matches', () => {
  test.each<[string, unknown]>([
    ['10.1.3.7', { family: 4 }],
    ['10.1.3.0/24', { family: 4 }],
    ['fd00::1-fd00::9', { family: 6 }],
    ['10.1.3.7/24', expect.stringContaining('host bits')],
    ['10.1.3.7-8', expect.stringContaining('"8" is not')],
    ['10.1.3.7-fd00::1', expect.stringContaining('both ends')],
    ['10.1.3.9-10.1.3.1', expect.stringContaining('before it begins')],
    ['lan', expect.stringContaining('must be an address')],
  ])('%s is read', (text, expected) => {
    const result = parseMatch(text);

    expect(result).toEqual(
      typeof result === 'string' ? expected : expect.objectContaining(expected as object),
    );
  });

  test.each<[string, unknown]>([
    ['22', { weight: 1 }],
    ['30000:32767', { weight: 2 }],
    ['0', expect.stringContaining('within 1 to 65535')],
    ['65536', expect.stringContaining('within 1 to 65535')],
    ['30:20', expect.stringContaining('before it begins')],
    ['22,23', expect.stringContaining('must be a port')],
  ])('%s is a port, or is not', (text, expected) => {
    expect(parsePorts(text)).toEqual(expected);
  });
});

test('machines that reach nothing outside are warned of', () => {
  const { network } = aDefinition();

  expect(networkWarnings({ network })).toEqual([]);
  expect(networkWarnings({ network: { ...network, gateway: null, egress: 'NONE' } })).toEqual([
    expect.stringContaining('reach nothing outside of 10.1.107.0/24'),
  ]);
});
