/** Fills in the network of a node group. */
import type { GroupInterface, NodeGroupNetwork } from '../../domain/cluster-definition.js';
import { given, type Known } from '../known.js';
import { resolveAttachment } from './resolve-bridge.js';
import { resolveFirewallRules } from './resolve-firewall.js';
import type { DefinitionInput } from './shape.js';

type GroupNetworkInput = NonNullable<DefinitionInput['nodeGroups'][number]['network']>;
type InterfaceInput = NonNullable<GroupNetworkInput['interfaces']>[number];

export function resolveGroupNetwork(input: Known<GroupNetworkInput>): NonNullable<Known<NodeGroupNetwork>> {
  const vlan = given(input, 'privateVLAN', null);
  // `null` says nothing here: the VLAN is the cluster's then.
  const { bridge, vlan: privateVLAN } = resolveAttachment(
    given(input, 'bridge', null),
    vlan === null ? 'unsaid' : vlan,
    null,
  );
  return {
    bridge,
    privateVLAN,
    interfaces: given(input, 'interfaces', [])?.map(resolveInterface),
    firewall: resolveFirewallRules(given(input, 'firewall', [])),
  };
}

function resolveInterface(input: Known<InterfaceInput>): Known<GroupInterface> {
  if (input === undefined) return undefined;
  const { bridge, vlan: privateVLAN } = resolveAttachment(
    given(input, 'bridge', undefined),
    given(input, 'privateVLAN', 'unsaid' as const),
    null,
  );
  return {
    name: given(input, 'name', undefined),
    bridge,
    privateVLAN,
    cidr: given(input, 'cidr', null),
    ipRange: given(input, 'ipRange', null),
    gateway: given(input, 'gateway', null),
    mtu: given(input, 'mtu', null),
  };
}
