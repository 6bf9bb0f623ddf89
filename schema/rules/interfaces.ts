/** Further interfaces of machines: each by itself, and to one another. */
import type { GroupInterface } from '../../domain/cluster-definition.js';
import type { Fault } from '../../domain/errors.js';
import { formatAddress } from '../../domain/network/address.js';
import { type Cidr, cidrsOverlap, formatCidr, usableRange } from '../../domain/network/cidr.js';
import { type AddressRange, rangeContains, rangeSize } from '../../domain/network/range.js';
import type { DefinitionDraft } from '../definition/resolve.js';
import type { Known } from '../known.js';
import { type PathSegment, pointerTo } from '../pointer.js';
import { rangeObjections } from './network.js';
import { readAddress, readCidr, readNetwork, readRange } from './network-reading.js';
import { duplicates, faultAt, knownGroups, type Rule, servicesOf } from './rule.js';

interface Interface {
  readonly known: NonNullable<Known<GroupInterface>>;
  readonly path: readonly PathSegment[];
  /** Which machines have it, as a pointer: two of one machine are never in one subnet. */
  readonly owner: string;
  /** Addresses that are leased for it. */
  readonly count: number | undefined;
  readonly subnet: Cidr | undefined;
  readonly range: AddressRange | undefined;
}

export const interfaceNamesAreUnique: Rule = (draft) =>
  knownGroups(draft).flatMap(({ group, index }) =>
    duplicates(group.network?.interfaces, interfacesOf(index), (one) => one?.name, 'name'),
  );

/** Subnet and range belong together, and a gateway is reached in the subnet. */
export const interfacesAreComplete: Rule = (draft) =>
  interfaces(draft).flatMap(({ known: { cidr, ipRange, gateway }, path, subnet }) => {
    const faults: Fault[] = [];
    if (typeof cidr === 'string' && ipRange === null)
      faults.push(faultAt([...path, 'ipRange'], 'is required with a cidr'));
    if (cidr === null && typeof ipRange === 'string')
      faults.push(faultAt([...path, 'cidr'], 'is required with an ipRange'));
    if (cidr === null && typeof gateway === 'string')
      faults.push(faultAt([...path, 'cidr'], 'is required with a gateway'));
    const address = readAddress(gateway);
    if (subnet !== undefined && address !== undefined && !rangeContains(usableRange(subnet), address)) {
      const detail = `${formatAddress(address)} is not the address of a machine in ${formatCidr(subnet)}`;
      faults.push(faultAt([...path, 'gateway'], detail));
    }
    return faults;
  });

export const interfaceRangesAreUsable: Rule = (draft) => {
  const { nameservers, virtual } = readNetwork(draft);
  return interfaces(draft).flatMap(({ known, path, count, subnet, range }) => {
    if (range === undefined) return [];
    const objections = rangeObjections(range, subnet, {
      gateway: readAddress(known.gateway),
      nameservers,
      virtual,
    });
    if (count !== undefined && rangeSize(range) < count)
      objections.push(`holds ${rangeSize(range)} addresses; ${count} are needed`);
    return objections.map((objection) =>
      faultAt([...path, 'ipRange'], `${known.ipRange ?? ''} ${objection}`),
    );
  });
};

/** A machine with two default routes sends half of its answers to where nobody waits for them. */
export const machinesHaveOneDefaultRoute: Rule = (draft) =>
  knownGroups(draft).flatMap(({ index }) => {
    const routed = interfaces(draft).filter(
      ({ owner, known }) => owner === ownerOf(index) && typeof known.gateway === 'string',
    );
    if (typeof draft.network?.gateway === 'string') {
      return routed.map(({ path }) =>
        faultAt([...path, 'gateway'], "is a second default route beside that of the cluster's network"),
      );
    }
    return routed
      .slice(1)
      .map(({ path }) => faultAt([...path, 'gateway'], "is a second default route of the group's machines"));
  });

/** Interfaces of different groups may be in one subnet; two of one machine may not, and subnets overlap wholly or not at all. */
export const interfaceSubnetsAreApart: Rule = (draft) => {
  const { subnet: own, pods, services } = readNetwork(draft);
  const all = interfaces(draft);
  return all.flatMap((one, position) => {
    const { subnet, path } = one;
    if (subnet === undefined) return [];
    const clash = (other: Cidr | undefined, what: string): Fault[] =>
      other === undefined || !cidrsOverlap(subnet, other)
        ? []
        : [faultAt([...path, 'cidr'], `${formatCidr(subnet)} overlaps ${what} ${formatCidr(other)}`)];
    return [
      ...clash(own, "the cluster's network"),
      ...clash(pods, 'the podCidr'),
      ...clash(services, 'the serviceCidr'),
      ...all
        .slice(0, position)
        .filter((other) => !mayShare(one, other))
        .flatMap((other) => clash(other.subnet, `interface "${other.known.name ?? ''}" with`)),
    ];
  });
};

/** One subnet has one range, one bridge and VLAN, and one MTU: machines that disagree do not hear each other. */
export const sharedSubnetsAgree: Rule = (draft) => {
  const all = interfaces(draft);
  return all.flatMap((one, position) => {
    const first = all.slice(0, position).find((other) => mayShare(one, other));
    if (first === undefined) return [];
    const { known, path, range } = one;
    const faults: Fault[] = [];
    if (range !== undefined && first.range !== undefined && partlyOverlap(range, first.range)) {
      const detail = `${known.ipRange ?? ''} overlaps ${first.known.ipRange ?? ''}, from which other machines lease; use the same, or one apart`;
      faults.push(faultAt([...path, 'ipRange'], detail));
    }
    for (const field of ['privateVLAN', 'mtu'] as const) {
      const [value, other] = [known[field], first.known[field]];
      if (value === undefined || other === undefined || value === other) continue;
      const detail = `is ${value ?? 'null'}, and ${other ?? 'null'} for other machines in ${known.cidr ?? 'the subnet'}`;
      faults.push(faultAt([...path, field], detail));
    }
    return faults;
  });
};

function interfaces(draft: DefinitionDraft): Interface[] {
  return [...groupInterfaces(draft), ...publicSides(draft)];
}

/** A dual-homed load balancer has an interface like those of a group. */
function publicSides(draft: DefinitionDraft): Interface[] {
  return servicesOf(draft, 'LOAD_BALANCER').flatMap(({ service: { configuration }, path }) => {
    const side = configuration?.publicSide;
    if (side === undefined || side === null) return [];
    const { bridge, vlan, cidr, ipRange, gateway, address } = side;
    const count = configuration?.machines?.count;
    const own = [...path, 'publicSide'];
    // With one machine the clients' address is all of the range, and is judged by itself.
    const range = count === 1 && typeof address === 'string' ? undefined : readRange(ipRange);
    return [
      {
        known: { name: 'public', bridge, privateVLAN: vlan, cidr, ipRange, gateway, mtu: undefined },
        path: own,
        owner: pointerTo(own),
        count: count === 2 && address === null ? 3 : count,
        subnet: readCidr(cidr),
        range,
      },
    ];
  });
}

function groupInterfaces(draft: DefinitionDraft): Interface[] {
  return knownGroups(draft).flatMap(({ group, index }) =>
    (group.network?.interfaces ?? []).flatMap((known, position) =>
      known === undefined
        ? []
        : [
            {
              known,
              path: [...interfacesOf(index), position],
              owner: ownerOf(index),
              count: group.count,
              subnet: readCidr(known.cidr),
              range: readRange(known.ipRange),
            },
          ],
    ),
  );
}

function interfacesOf(group: number): readonly PathSegment[] {
  return ['nodeGroups', group, 'network', 'interfaces'];
}

function ownerOf(group: number): string {
  return pointerTo(['nodeGroups', group]);
}

function mayShare(one: Interface, other: Interface): boolean {
  if (one.owner === other.owner || one.subnet === undefined || other.subnet === undefined) return false;
  return formatCidr(one.subnet) === formatCidr(other.subnet);
}

function partlyOverlap(one: AddressRange, other: AddressRange): boolean {
  if (one.first === other.first && one.last === other.last) return false;
  return one.family === other.family && one.first <= other.last && other.first <= one.last;
}
