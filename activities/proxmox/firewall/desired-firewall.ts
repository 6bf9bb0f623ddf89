/** The firewall that a machine's VM is to have, as Proxmox VE writes it. */
import type { FirewallProtocol, FirewallRule } from '../../../domain/firewall.js';
import { type AddressFamily, parseAddress } from '../../../domain/network/address.js';
import { parseMatch } from '../../../domain/network/firewall-text.js';
import type { PlannedMachine } from '../../../domain/plan.js';
import type { FirewallChange } from './firewall-calls.js';
import type { FirewallOptions, FirewallRuleRecord } from './firewall-records.js';

/**
 * `dhcp` lets a machine that boots from the network ask for its address, and `ndp` finds IPv6 neighbours. `ipfilter` stays
 * off: pods and virtual addresses send from addresses that are not the machine's own.
 */
const OPTIONS = {
  enable: 1,
  policy_in: 'DROP',
  policy_out: 'ACCEPT',
  macfilter: 1,
  ipfilter: 0,
  dhcp: 1,
  ndp: 1,
  radv: 0,
} as const satisfies FirewallChange;

/** What Proxmox VE does where an option is not set. */
const UNSET: FirewallChange = {
  enable: 0,
  policy_in: 'DROP',
  policy_out: 'ACCEPT',
  macfilter: 1,
  ipfilter: 0,
  dhcp: 0,
  ndp: 1,
  radv: 0,
};

export interface DesiredFirewall {
  readonly options: FirewallChange;
  /** In order; `null` leaves those that are there alone. */
  readonly rules: readonly DesiredRule[] | null;
}

export type DesiredRule = FirewallChange & { readonly type: 'in' | 'out'; readonly action: string };

export function desiredFirewall({
  firewall,
  network,
}: Pick<PlannedMachine, 'firewall' | 'network'>): DesiredFirewall {
  // Switched off it lets everything pass, whatever rules a template has left.
  if (firewall === null) return { options: { enable: 0 }, rules: null };
  const family = parseAddress(network.address)?.family ?? 4;
  return { options: OPTIONS, rules: firewall.map((rule) => desiredRule(rule, family)) };
}

/** @param family of the machine, for ICMP without addresses: Proxmox VE has a protocol for each. */
export function desiredRule(rule: FirewallRule, family: AddressFamily): DesiredRule {
  const { direction, action, protocol, ports, source, destination, comment } = rule;
  const proto = protocolOf(protocol, familyOf(source) ?? familyOf(destination) ?? family);
  return {
    type: direction === 'IN' ? 'in' : 'out',
    action,
    enable: 1,
    ...(proto === null ? {} : { proto }),
    ...(ports.length === 0 ? {} : { dport: ports.join(',') }),
    ...(source === null ? {} : { source }),
    ...(destination === null ? {} : { dest: destination }),
    ...(comment === '' ? {} : { comment }),
  };
}

/** Options that are not as desired. */
export function optionDifference(options: FirewallOptions, desired: FirewallChange): FirewallChange {
  const different = Object.entries(desired).filter(
    ([name, value]) => String(options[name] ?? UNSET[name]) !== String(value),
  );
  return Object.fromEntries(different);
}

/** Whether the rule is the desired one, and says nothing more. */
export function isRule(record: FirewallRuleRecord, desired: DesiredRule): boolean {
  const names = new Set([...Object.keys(desired), ...Object.keys(record).filter((name) => !SHOWN.has(name))]);
  return [...names].every((name) => String(record[name] ?? '') === String(desired[name] ?? ''));
}

/** What Proxmox VE shows of a rule beside what was written. */
const SHOWN: ReadonlySet<string> = new Set(['pos', 'digest', 'ipversion']);

function protocolOf(protocol: FirewallProtocol, family: AddressFamily): string | null {
  switch (protocol) {
    case 'TCP':
      return 'tcp';
    case 'UDP':
      return 'udp';
    case 'ICMP':
      return family === 4 ? 'icmp' : 'ipv6-icmp';
    case 'ANY':
      return null;
  }
}

function familyOf(text: string | null): AddressFamily | undefined {
  const match = text === null ? undefined : parseMatch(text);
  return typeof match === 'object' ? match.family : undefined;
}
