/** A VM's firewall: its options and its rules, whose order decides. */
import { createHash } from 'node:crypto';
import { die } from './api-error.js';
import type { Datacenter } from './datacenter.js';
import type { Options } from './records.js';

/** Properties of a rule as the firewall's file has them, all as text. */
export type VmFirewallRule = Options;

export interface VmFirewall {
  readonly options: Options;
  /** The first one that matches decides. */
  readonly rules: readonly VmFirewallRule[];
}

const EMPTY: VmFirewall = { options: {}, rules: [] };

export function firewallOf(datacenter: Datacenter, vmid: number): VmFirewall {
  return datacenter.record.firewalls[vmid] ?? EMPTY;
}

export function putFirewall(datacenter: Datacenter, vmid: number, firewall: VmFirewall): void {
  datacenter.change({ firewalls: { ...datacenter.record.firewalls, [vmid]: firewall } });
}

/** Rules and options each have a digest of their own. */
export function firewallDigest(part: VmFirewall['options'] | VmFirewall['rules']): string {
  const sorted = (options: Options): unknown => Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
  const plain = Array.isArray(part) ? part.map(sorted) : sorted(part as Options);
  return createHash('sha1').update(JSON.stringify(plain)).digest('hex');
}

/** @throws ApiError 500 when the digest is another. */
export function checkFirewallDigest(
  part: VmFirewall['options'] | VmFirewall['rules'],
  digest?: string,
): void {
  if (digest === undefined || digest === '' || digest === firewallDigest(part)) return;
  die('detected modified configuration - file changed by other user? Try again.');
}

/** @throws ApiError 500 when there is none. */
export function ruleAt(rules: VmFirewall['rules'], position: number): VmFirewallRule {
  return rules[position] ?? die(`no rule at position ${position}`);
}

/** The rule at one position takes another; one beyond the end is the last. */
export function moved(rules: VmFirewall['rules'], from: number, to: number): VmFirewallRule[] {
  const rule = ruleAt(rules, from);
  const result = rules.flatMap((other, index) => {
    if (index === from) return [];
    return index === to ? [rule, other] : [other];
  });
  return to >= rules.length ? [...result, rule] : result;
}
