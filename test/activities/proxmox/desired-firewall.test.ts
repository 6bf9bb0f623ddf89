import { describe, expect, test } from '@jest/globals';
import {
  desiredFirewall,
  desiredRule,
  isRule,
  optionDifference,
  type DesiredRule,
} from '../../../activities/proxmox/firewall/desired-firewall.js';
import type { FirewallRule } from '../../../domain/firewall.js';

const RULE: FirewallRule = {
  ...{ direction: 'IN', action: 'ACCEPT', protocol: 'TCP', ports: ['22', '80:90'] },
  ...{ source: '10.1.3.0/24', destination: '10.1.107.5', comment: 'from the office' },
};

const WRITTEN: DesiredRule = {
  ...{ type: 'in', action: 'ACCEPT', enable: 1, proto: 'tcp', dport: '22,80:90' },
  ...{ source: '10.1.3.0/24', dest: '10.1.107.5', comment: 'from the office' },
};

describe('a rule', () => {
  test('is written as Proxmox VE takes it, and says nothing that was left out', () => {
    const bare = {
      ...RULE,
      direction: 'OUT',
      protocol: 'ANY',
      ports: [],
      source: null,
      comment: '',
    } as const;

    expect(desiredRule(RULE, 4)).toEqual(WRITTEN);
    expect(desiredRule({ ...bare, destination: null }, 4)).toEqual({
      type: 'out',
      action: 'ACCEPT',
      enable: 1,
    });
  });

  test.each([
    [4, null, 'icmp'],
    [6, null, 'ipv6-icmp'],
    [4, 'fd00::/8', 'ipv6-icmp'],
    [6, '10.0.0.0/8', 'icmp'],
  ] as const)('for ICMP of a machine with IPv%i, from %s, is for %s', (family, source, proto) => {
    const rule = { ...RULE, protocol: 'ICMP', ports: [], source, destination: null } as const;

    expect(desiredRule(rule, family)).toMatchObject({ proto });
  });

  test('is known in what Proxmox VE shows, and by nothing less', () => {
    const shown = { ...WRITTEN, pos: 3, digest: 'abc', ipversion: 4 };

    expect(isRule(shown, WRITTEN)).toBe(true);
    for (const change of [
      { enable: 0 },
      { dport: '22' },
      { sport: '5' },
      { macro: 'SSH' },
      { iface: 'net0' },
    ])
      expect(isRule({ ...shown, ...change }, WRITTEN)).toBe(false);
  });
});

describe('options', () => {
  test('that are not set have the values of Proxmox VE', () => {
    const { options } = desiredFirewall({ firewall: [], network: { address: '10.1.107.5' } as never });

    expect(optionDifference({}, options)).toEqual({ enable: 1, dhcp: 1 });
    expect(optionDifference({ ...options, policy_in: 'ACCEPT', digest: 'x' }, options)).toEqual({
      policy_in: 'DROP',
    });
  });
});
