/** A cluster in a VLAN of its own, whose machines leave it through a bastion with two interfaces. */
import { aDefinition, aServerGroup, aWorkerGroup, type GroupInput } from './definition-builder.js';
import type { DefinitionInput } from '../../schema/definition/shape.js';

type NetworkInput = NonNullable<DefinitionInput['network']>;
type GroupNetworkInput = NonNullable<GroupInput['network']>;
export type InterfaceInput = NonNullable<GroupNetworkInput['interfaces']>[number];

export function anInterface(change: Partial<InterfaceInput> = {}): InterfaceInput {
  return {
    ...{ name: 'public', bridge: 'vmbr0.3', cidr: '10.1.3.0/24' },
    ...{ ipRange: '10.1.3.10-10.1.3.20', gateway: '10.1.3.1' },
    ...change,
  };
}

export function aBastionGroup(network: GroupNetworkInput = { interfaces: [anInterface()] }): GroupInput {
  return aWorkerGroup({ name: 'bastion', role: 'BASTION', count: 1, network });
}

export function aDualHomedDefinition(
  change: {
    readonly network?: NetworkInput;
    readonly bastion?: GroupNetworkInput;
    readonly more?: GroupInput[];
  } = {},
): DefinitionInput {
  return aDefinition({
    network: { isolation: 'VLAN', bridge: 'vmbr0.107', egress: 'BASTION', ...change.network },
    nodeGroups: [aServerGroup(), aBastionGroup(change.bastion), ...(change.more ?? [])],
  });
}
