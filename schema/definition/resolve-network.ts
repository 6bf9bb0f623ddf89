/** Fills in the network of a definition from the service's own default network. */
import type { ClusterNetwork, ClusterType } from '../../domain/cluster-definition.js';
import { parseAttachment } from '../../domain/network/vlan.js';
import { given, type Known, whenKnown } from '../known.js';
import { DEFAULTS, defaultClusterCidrs } from './defaults.js';
import { resolveAttachment } from './resolve-bridge.js';
import { resolveFirewallRules } from './resolve-firewall.js';
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
  /** What faces the clients of load balancers; `null`: each definition has to say it. */
  readonly publicNetwork: PublicNetwork | null;
}

export interface PublicNetwork {
  readonly cidr: string;
  readonly ipRange: string;
  readonly gateway: string | null;
}

type NetworkInput = NonNullable<DefinitionInput['network']>;

export function resolveNetwork(
  input: Known<NetworkInput>,
  type: ClusterType | undefined,
  defaults: NetworkDefaults,
): NonNullable<Known<ClusterNetwork>> {
  const isolation = given(input, 'isolation', DEFAULTS.isolation);
  const ownCidrs = whenKnown(type, defaultClusterCidrs);
  const firewall = given(input, 'firewall', null);
  const own = parseAttachment(defaults.bridge);
  const { bridge, vlan: privateVLAN } = resolveAttachment(
    given(input, 'bridge', own.bridge),
    given(input, 'privateVLAN', 'unsaid' as const),
    // A cluster in a VLAN of its own must name it: it would else share the service's network unasked.
    isolation === 'VLAN' ? null : (defaults.vlan ?? own.vlan),
  );
  return {
    isolation,
    privateVLAN,
    publicAccess: given(input, 'publicAccess', DEFAULTS.publicAccess),
    bridge,
    cidr: given(input, 'cidr', defaults.cidr),
    ...resolveEgress(input, defaults.gateway),
    ipRange: given(input, 'ipRange', defaults.ipRange),
    nameservers: given(input, 'nameservers', defaults.nameservers),
    domain: given(input, 'domain', defaults.domain),
    mtu: given(input, 'mtu', null),
    podCidr: given(input, 'podCidr', ownCidrs?.podCidr),
    serviceCidr: given(input, 'serviceCidr', ownCidrs?.serviceCidr),
    virtualAddresses: given(input, 'virtualAddresses', [])?.map((virtual) =>
      whenKnown(virtual, (known) => ({
        name: given(known, 'name', undefined),
        address: given(known, 'address', null),
      })),
    ),
    firewall: firewall === null ? null : resolveFirewallRules(firewall),
  };
}

/** Gateway and egress follow from one another: who says one of them has said the other. */
function resolveEgress(input: Known<NetworkInput>, defaultGateway: string | null) {
  const egress = given(input, 'egress', null);
  if (egress === undefined) return { gateway: given(input, 'gateway', undefined), egress };
  // In a subnet of the user's own the service's gateway does not fit, and a rule asks for another: leaving it out unasked
  // would make machines that reach nothing.
  const gateway = given(input, 'gateway', egress === null || egress === 'GATEWAY' ? defaultGateway : null);
  return {
    gateway,
    egress:
      egress ?? whenKnown(gateway, (known) => (known === null ? ('NONE' as const) : ('GATEWAY' as const))),
  };
}
