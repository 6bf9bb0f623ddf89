/** Fills in the defaults of a load balancer. */
import type { ClusterType } from '../../domain/cluster-definition.js';
import type { LoadBalancerConfiguration, PublicSide } from '../../domain/services/configuration.js';
import { given, type Known, whenKnown } from '../known.js';
import { defaultBalancedServices } from './balanced-services.js';
import { DEFAULTS } from './defaults.js';
import { resolveAttachment } from './resolve-bridge.js';
import type { PublicNetwork } from './resolve-network.js';
import { machinesUnasked, resolveMachines } from './resolve-service-machines.js';
import type { LoadBalancerInput, PublicSideInput } from './services/load-balancer.js';

export interface LoadBalancerContext {
  readonly type: ClusterType | undefined;
  readonly publicNetwork: PublicNetwork | null;
}

type Draft = NonNullable<Known<LoadBalancerConfiguration>>;

export function resolveLoadBalancer(
  input: Known<LoadBalancerInput>,
  { type, publicNetwork }: LoadBalancerContext,
): Known<LoadBalancerConfiguration> {
  if (input === undefined) return undefined;
  const kind = given(input, 'kind', DEFAULTS.loadBalancerKind);
  const machines = resolveMachines(given(input, 'machines', machinesUnasked(kind, 'HAPROXY')));
  return {
    kind,
    machines,
    publicSide: resolvePublicSide(publicSideInput(input), machines, publicNetwork),
    services: given(input, 'services', whenKnown(type, defaultBalancedServices)),
    address: given(input, 'address', null),
  };
}

/** Requests may say it in fields of their own, `publicInterface` and so on. */
function publicSideInput(input: NonNullable<Known<LoadBalancerInput>>): Known<PublicSideInput> | null {
  if (Object.hasOwn(input, 'publicSide')) return input.publicSide;
  const isDualHomed = given(input, 'dualHomed', Object.hasOwn(input, 'publicInterface'));
  if (isDualHomed !== true) return isDualHomed === false ? null : undefined;
  const side: Record<string, unknown> = {};
  for (const [field, name] of Object.entries(FIELDS)) {
    if (Object.hasOwn(input, name)) side[field] = input[name];
  }
  return side as Known<PublicSideInput>;
}

const FIELDS = {
  bridge: 'publicInterface',
  cidr: 'publicCidr',
  ipRange: 'publicIpRange',
  gateway: 'publicGateway',
  address: 'publicAddress',
} as const satisfies Partial<Record<keyof PublicSide, keyof LoadBalancerInput>>;

function resolvePublicSide(
  input: Known<PublicSideInput> | null,
  machines: Draft['machines'],
  service: PublicNetwork | null,
): Draft['publicSide'] {
  if (input === undefined || input === null) return input;
  const { bridge, vlan } = resolveAttachment(
    given(input, 'bridge', undefined),
    given(input, 'vlan', 'unsaid' as const),
    null,
  );
  const cidr = given(input, 'cidr', service?.cidr);
  // Range and gateway of the service do not fit a subnet of the user's own.
  const own = cidr === service?.cidr ? service : null;
  const address = given(input, 'address', null);
  const ipRange = given(input, 'ipRange', own?.ipRange);
  // One machine has the clients' address for itself, and leases it like any other.
  const isAsked = machines?.count === 1 && typeof address === 'string';
  return {
    ...{ bridge, vlan, cidr, address },
    ipRange: isAsked && !Object.hasOwn(input, 'ipRange') ? `${address}-${address}` : ipRange,
    gateway: given(
      input,
      'gateway',
      whenKnown(cidr, () => own?.gateway ?? null),
    ),
  };
}
