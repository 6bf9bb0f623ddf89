/** What the fields of a firewall rule must agree on. */
import type { FirewallRule } from '../../domain/firewall.js';
import type { Fault } from '../../domain/errors.js';
import { MAX_PORTS, parseMatch, parsePorts } from '../../domain/network/firewall-text.js';
import type { Known } from '../known.js';
import type { PathSegment } from '../pointer.js';
import { faultAt, knownGroups, type Rule } from './rule.js';

export const firewallRulesAreSound: Rule = (draft) => [
  ...faultsOf(draft.network?.firewall, ['network', 'firewall']),
  ...knownGroups(draft).flatMap(({ group, index }) =>
    faultsOf(group.network?.firewall, ['nodeGroups', index, 'network', 'firewall']),
  ),
];

function faultsOf(rules: Known<readonly FirewallRule[]> | null, path: readonly PathSegment[]): Fault[] {
  return (rules ?? []).flatMap((rule, index) =>
    rule === undefined
      ? []
      : [...portFaults(rule, [...path, index]), ...familyFaults(rule, [...path, index])],
  );
}

function portFaults(
  { protocol, ports }: NonNullable<Known<FirewallRule>>,
  path: readonly PathSegment[],
): Fault[] {
  if (protocol === undefined || ports === undefined || ports.length === 0) return [];
  if (protocol === 'ICMP' || protocol === 'ANY')
    return [faultAt([...path, 'ports'], `must be empty for ${protocol}: only TCP and UDP have ports`)];
  const weight = ports.reduce((sum, text) => {
    const parsed = text === undefined ? undefined : parsePorts(text);
    return sum + (typeof parsed === 'object' ? parsed.weight : 0);
  }, 0);
  return weight <= MAX_PORTS
    ? []
    : [faultAt([...path, 'ports'], `count for ${weight}, each range as two; ${MAX_PORTS} are the most`)];
}

function familyFaults(
  { source, destination }: NonNullable<Known<FirewallRule>>,
  path: readonly PathSegment[],
): Fault[] {
  if (typeof source !== 'string' || typeof destination !== 'string') return [];
  const [from, to] = [parseMatch(source), parseMatch(destination)];
  if (typeof from === 'string' || typeof to === 'string' || from.family === to.family) return [];
  return [faultAt([...path, 'destination'], `must be IPv${from.family}, as the source is`)];
}
