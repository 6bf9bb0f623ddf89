/** Fills in the network of a definition from the service's own default network. */
import type { ClusterNetwork, ClusterType } from '../../domain/cluster-definition.js';
import { given, type Known, whenKnown } from '../known.js';
import { DEFAULTS, defaultClusterCidrs } from './defaults.js';
import type { DefinitionInput } from './shape.js';

/** The network that machines get where the definition says nothing; read from the service's configuration. */
export interface NetworkDefaults {
  readonly bridge: string;
  /** VLAN tag, `null` for untagged frames. */
  readonly vlan: number | null;
  readonly cidr: string;
  readonly gateway: string | null;
  readonly ipRange: string;
  readonly nameservers: readonly string[];
  readonly domain: string;
}

type NetworkInput = NonNullable<DefinitionInput['network']>;

export function resolveNetwork(
  input: Known<NetworkInput>,
  type: ClusterType | undefined,
  defaults: NetworkDefaults,
): NonNullable<Known<ClusterNetwork>> {
  const isolation = given(input, 'isolation', DEFAULTS.isolation);
  const ownCidrs = whenKnown(type, defaultClusterCidrs);
  return {
    isolation,
    // A cluster in a VLAN of its own must name it: it would else share the service's network unasked.
    privateVLAN: given(input, 'privateVLAN', isolation === 'VLAN' ? null : defaults.vlan),
    publicAccess: given(input, 'publicAccess', DEFAULTS.publicAccess),
    bridge: given(input, 'bridge', defaults.bridge),
    cidr: given(input, 'cidr', defaults.cidr),
    // In a subnet of the user's own these do not fit, and a rule asks for others: leaving them out unasked would
    // make machines that reach nothing.
    gateway: given(input, 'gateway', defaults.gateway),
    ipRange: given(input, 'ipRange', defaults.ipRange),
    nameservers: given(input, 'nameservers', defaults.nameservers),
    domain: given(input, 'domain', defaults.domain),
    mtu: given(input, 'mtu', null),
    podCidr: given(input, 'podCidr', ownCidrs?.podCidr),
    serviceCidr: given(input, 'serviceCidr', ownCidrs?.serviceCidr),
  };
}
