/** How the networks of a cluster lie to one another. */
import type { Fault } from '../../domain/errors.js';
import { type Address, formatAddress } from '../../domain/network/address.js';
import {
  type Cidr,
  cidrContains,
  cidrContainsRange,
  cidrsOverlap,
  formatCidr,
  usableRange,
} from '../../domain/network/cidr.js';
import { type AddressRange, rangeContains, rangeSize } from '../../domain/network/range.js';
import { parseAttachment } from '../../domain/network/vlan.js';
import type { DefinitionDraft } from '../definition/resolve.js';
import type { PathSegment } from '../pointer.js';
import { type NetworkDraft, type NetworkReading, readNetwork } from './network-reading.js';
import { faultAt, knownGroups, machineCount, type Rule, servicesOf, servicesWithMachines } from './rule.js';

export const vlanIsNamed: Rule = ({ network }) =>
  network?.isolation === 'VLAN' && network.privateVLAN === null
    ? [faultAt(['network', 'privateVLAN'], 'is required where isolation is VLAN')]
    : [];

/** A bridge that has its VLAN left when the defaults are filled in was contradicted by what stands beside it. */
export const bridgesHaveOneVlan: Rule = (draft) => {
  const check = (
    bridge: string | null | undefined,
    vlan: number | null | undefined,
    path: readonly PathSegment[],
  ): Fault[] => {
    const named = typeof bridge === 'string' ? parseAttachment(bridge).vlan : null;
    if (named === null) return [];
    return [
      faultAt(
        [...path, 'privateVLAN'],
        `is ${vlan ?? 'null'}, and the bridge "${bridge ?? ''}" names ${named}`,
      ),
    ];
  };
  return [
    ...check(draft.network?.bridge, draft.network?.privateVLAN, ['network']),
    ...knownGroups(draft).flatMap(({ group: { network }, index }) => [
      ...check(network?.bridge, network?.privateVLAN, ['nodeGroups', index, 'network']),
      ...(network?.interfaces ?? []).flatMap((one, position) =>
        check(one?.bridge, one?.privateVLAN, ['nodeGroups', index, 'network', 'interfaces', position]),
      ),
    ]),
    ...servicesOf(draft, 'LOAD_BALANCER').flatMap(({ service: { configuration }, path }) => {
      const side = configuration?.publicSide;
      return check(side?.bridge, side?.vlan, [...path, 'publicSide']);
    }),
  ];
};

export function gatewayIsInSubnet(draft: NetworkDraft): Fault[] {
  const { subnet, gateway } = readNetwork(draft);
  if (subnet === undefined || gateway === undefined || rangeContains(usableRange(subnet), gateway)) return [];
  // The value is shown, as it may be the service's default that does not fit a subnet of the user's own.
  const detail = cidrContains(subnet, gateway)
    ? `is the network or broadcast address of ${formatCidr(subnet)}`
    : `is outside of ${formatCidr(subnet)}; give one inside, or null for none`;
  return [faultAt(['network', 'gateway'], `${formatAddress(gateway)} ${detail}`)];
}

export function rangeIsUsable(
  draft: NetworkDraft & Pick<DefinitionDraft, 'nodeGroups' | 'services'>,
): Fault[] {
  const { subnet, range, gateway, nameservers, virtual } = readNetwork(draft);
  if (range === undefined) return [];
  const fault = (detail: string): Fault =>
    faultAt(['network', 'ipRange'], `${draft.network?.ipRange ?? ''} ${detail}`);
  const objections = rangeObjections(range, subnet, { gateway, nameservers, virtual });
  if (subnet !== undefined && !cidrContainsRange(subnet, range)) return objections.map(fault);
  const groups = machineCount(draft);
  const { machines: own, addresses } = servedAddresses(draft);
  const machines = groups === undefined ? undefined : groups + own;
  const automatic =
    addresses + (draft.network?.virtualAddresses?.filter((one) => one?.address === null).length ?? 0);
  if (machines !== undefined && rangeSize(range) < machines + automatic) {
    const others = automatic === 0 ? '' : ` and ${automatic} virtual addresses`;
    objections.push(`holds ${rangeSize(range)} addresses; ${machines} machines${others} need one each`);
  }
  return objections.map(fault);
}

/** What services need of the cluster's range: machines, and virtual addresses that are not asked for by name. */
function servedAddresses(draft: Pick<DefinitionDraft, 'services'>): { machines: number; addresses: number } {
  const machines = servicesWithMachines(draft).reduce(
    (sum, { machines: { count } }) => sum + (count ?? 1),
    0,
  );
  const balancers = servicesOf(draft, 'LOAD_BALANCER').filter(({ service: { configuration } }) => {
    if (configuration === undefined || configuration.address !== null) return false;
    return configuration.kind === 'KUBE_VIP' || configuration.machines?.count === 2;
  });
  return { machines, addresses: balancers.length };
}

/** What speaks against leasing addresses from the range. */
export function rangeObjections(
  range: AddressRange,
  subnet: Cidr | undefined,
  { gateway, nameservers, virtual }: Pick<NetworkReading, 'gateway' | 'nameservers' | 'virtual'>,
): string[] {
  if (subnet !== undefined && !cidrContainsRange(subnet, range)) {
    return [`is not inside of ${formatCidr(subnet)}`];
  }
  const objections: string[] = [];
  const usable = subnet === undefined ? range : usableRange(subnet);
  if (subnet !== undefined && (range.first < usable.first || range.last > usable.last)) {
    objections.push(`contains the network or broadcast address of ${formatCidr(subnet)}`);
  }
  const holds = (address: Address): boolean => rangeContains(range, address);
  if (gateway !== undefined && holds(gateway)) objections.push('contains the gateway');
  if (nameservers.some(holds)) objections.push('contains a name server');
  const taken = virtual.find(holds);
  if (taken !== undefined) {
    const text = formatAddress(taken);
    objections.push(`contains the virtual address ${text}; take one outside, or null for the next free one`);
  }
  return objections;
}

export const networksAreApart: Rule = (draft) => {
  const { subnet, pods, services } = readNetwork(draft);
  const faults: Fault[] = [];
  const compare = (
    name: string,
    cidr: Cidr | undefined,
    otherName: string,
    other: Cidr | undefined,
  ): void => {
    if (cidr === undefined || other === undefined || !cidrsOverlap(cidr, other)) return;
    const detail = `${formatCidr(cidr)} overlaps ${otherName} ${formatCidr(other)}`;
    faults.push(faultAt(['network', name], detail));
  };
  compare('podCidr', pods, 'cidr', subnet);
  compare('serviceCidr', services, 'cidr', subnet);
  compare('serviceCidr', services, 'podCidr', pods);
  return faults;
};

export const networksAreOfOneFamily: Rule = (draft) => {
  const { subnet, pods, services } = readNetwork(draft);
  const check = (name: string, cidr: Cidr | undefined): Fault[] =>
    cidr === undefined || subnet === undefined || cidr.family === subnet.family
      ? []
      : [faultAt(['network', name], `must be IPv${subnet.family}, as the subnet of the machines is`)];
  return [...check('podCidr', pods), ...check('serviceCidr', services)];
};

/** Bits of the prefix that each node gets of the pod network, by family: the controller manager's own defaults. */
const NODE_PREFIX = { 4: 24, 6: 64 } as const;

/** The controller manager refuses a pod network that it would have to cut into more than 2^16 parts. */
const MAX_NODE_BITS = 16;

export const podCidrHasRoom: Rule = (draft) => {
  const { pods } = readNetwork(draft);
  if (pods === undefined) return [];
  const nodePrefix = NODE_PREFIX[pods.family];
  const nodeBits = nodePrefix - pods.prefixLength;
  const path = ['network', 'podCidr'];
  if (nodeBits > MAX_NODE_BITS)
    return [faultAt(path, `must have a prefix of at least ${nodePrefix - MAX_NODE_BITS}`)];
  const room = nodeBits < 0 ? 0 : 2 ** nodeBits;
  const needed = machineCount(draft) ?? 1;
  return room >= needed
    ? []
    : [faultAt(path, `has room for ${room} nodes (a /${nodePrefix} each); ${needed} need one`)];
};

/** The API server's own limit is 2^20 addresses; the cluster's DNS takes the tenth. */
const SERVICE_PREFIXES = { 4: { from: 12, to: 28 }, 6: { from: 108, to: 124 } } as const;

export const serviceCidrFitsApiServer: Rule = (draft) => {
  const { services } = readNetwork(draft);
  if (services === undefined) return [];
  const { from, to } = SERVICE_PREFIXES[services.family];
  if (services.prefixLength >= from && services.prefixLength <= to) return [];
  return [faultAt(['network', 'serviceCidr'], `must have a prefix of ${from} to ${to} bits`)];
};
