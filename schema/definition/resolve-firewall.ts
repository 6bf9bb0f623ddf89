/** Fills in the defaults of firewall rules. */
import type { FirewallRule } from '../../domain/firewall.js';
import { given, type Known, whenKnown } from '../known.js';
import { DEFAULTS } from './defaults.js';
import type { DefinitionInput } from './shape.js';

type RulesInput = NonNullable<NonNullable<DefinitionInput['network']>['firewall']>;

export function resolveFirewallRules(input: Known<RulesInput>): Known<readonly FirewallRule[]> {
  return input?.map((rule) =>
    whenKnown(rule, (known) => ({
      direction: given(known, 'direction', DEFAULTS.firewallDirection),
      action: given(known, 'action', undefined),
      protocol: given(known, 'protocol', DEFAULTS.firewallProtocol),
      ports: given(known, 'ports', []),
      source: given(known, 'source', null),
      destination: given(known, 'destination', null),
      comment: given(known, 'comment', ''),
    })),
  );
}
