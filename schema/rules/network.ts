/** How the networks of a cluster lie to one another. */
import type { Fault } from '../../domain/errors.js';
import { type Address, formatAddress, parseAddress } from '../../domain/network/address.js';
import {
  type Cidr,
  cidrContains,
  cidrContainsRange,
  cidrsOverlap,
  formatCidr,
  parseCidr,
  usableRange,
} from '../../domain/network/cidr.js';
import { type AddressRange, parseRange, rangeContains, rangeSize } from '../../domain/network/range.js';
import type { DefinitionDraft } from '../definition/resolve.js';
import { faultAt, machineCount, type Rule } from './rule.js';

type NetworkDraft = Pick<DefinitionDraft, 'network'>;

export const vlanIsNamed: Rule = ({ network }) =>
  network?.isolation === 'VLAN' && network.privateVLAN === null
    ? [faultAt(['network', 'privateVLAN'], 'is required where isolation is VLAN')]
    : [];

export function gatewayIsInSubnet(draft: NetworkDraft): Fault[] {
  const { subnet, gateway } = readNetwork(draft);
  if (subnet === undefined || gateway === undefined || rangeContains(usableRange(subnet), gateway)) return [];
  // The value is shown, as it may be the service's default that does not fit a subnet of the user's own.
  const detail = cidrContains(subnet, gateway)
    ? `is the network or broadcast address of ${formatCidr(subnet)}`
    : `is outside of ${formatCidr(subnet)}; give one inside, or null for none`;
  return [faultAt(['network', 'gateway'], `${formatAddress(gateway)} ${detail}`)];
}

export function rangeIsUsable(draft: NetworkDraft & Pick<DefinitionDraft, 'nodeGroups'>): Fault[] {
  const { subnet, range, gateway, nameservers } = readNetwork(draft);
  if (range === undefined) return [];
  const fault = (detail: string): Fault =>
    faultAt(['network', 'ipRange'], `${draft.network?.ipRange ?? ''} ${detail}`);
  if (subnet !== undefined && !cidrContainsRange(subnet, range)) {
    return [fault(`is not inside of ${formatCidr(subnet)}`)];
  }
  const faults: Fault[] = [];
  if (subnet !== undefined) {
    const usable = usableRange(subnet);
    if (range.first < usable.first || range.last > usable.last) {
      faults.push(fault(`contains the network or broadcast address of ${formatCidr(subnet)}`));
    }
  }
  if (gateway !== undefined && rangeContains(range, gateway)) faults.push(fault('contains the gateway'));
  if (nameservers.some((address) => rangeContains(range, address))) {
    faults.push(fault('contains a name server'));
  }
  const needed = machineCount(draft);
  if (needed !== undefined && rangeSize(range) < needed) {
    faults.push(fault(`holds ${rangeSize(range)} addresses; ${needed} machines need one each`));
  }
  return faults;
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

interface NetworkReading {
  readonly subnet: Cidr | undefined;
  readonly pods: Cidr | undefined;
  readonly services: Cidr | undefined;
  readonly range: AddressRange | undefined;
  readonly gateway: Address | undefined;
  readonly nameservers: readonly Address[];
}

function readNetwork({ network }: NetworkDraft): NetworkReading {
  const read = <T extends object>(
    parse: (text: string) => T | string | undefined,
    text: string | null | undefined,
  ) => {
    const result = typeof text === 'string' ? parse(text) : undefined;
    return typeof result === 'object' ? result : undefined;
  };
  return {
    subnet: read(parseCidr, network?.cidr),
    pods: read(parseCidr, network?.podCidr),
    services: read(parseCidr, network?.serviceCidr),
    range: read(parseRange, network?.ipRange),
    gateway: read(parseAddress, network?.gateway),
    nameservers: (network?.nameservers ?? []).flatMap((text) => read(parseAddress, text) ?? []),
  };
}
