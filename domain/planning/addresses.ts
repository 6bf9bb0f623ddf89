/** Who gets which address: machines, their further interfaces, and the cluster's virtual addresses. */
import type { ClusterDefinition, NodeGroup } from '../cluster-definition.js';
import type { Fault } from '../errors.js';
import type { PlannedInterface, PlannedNetwork, PlannedVirtualAddress } from '../plan.js';
import { answersFor, asksNameServer, nameServerOf, nameserversOf } from '../services/name-server.js';
import { leadsOut, virtualAddressOf } from './egress.js';

/** Free addresses of one range, in order of preference. */
export interface FreePool {
  readonly free: readonly string[];
  readonly prefixLength: number;
}

export interface AddressInput {
  readonly definition: ClusterDefinition;
  /** Of the cluster's own range. */
  readonly pool: FreePool;
  /** Of the range of each interface that has one, by {@link interfaceKey}. */
  readonly interfacePools: Readonly<Record<string, FreePool>>;
  /** Groups of the machines, in the order of the plan. */
  readonly groups: readonly NodeGroup[];
}

export interface PlannedAddresses {
  /** One for each machine, in order. */
  readonly machines: readonly {
    readonly network: PlannedNetwork;
    readonly interfaces: readonly PlannedInterface[];
  }[];
  readonly virtualAddresses: readonly PlannedVirtualAddress[];
  readonly faults: readonly Fault[];
}

export function interfaceKey(group: string, name: string): string {
  return `${group}/${name}`;
}

export function planAddresses(input: AddressInput): PlannedAddresses {
  const { definition, groups } = input;
  const { network } = definition;
  const asked = network.virtualAddresses.flatMap(({ address }) => address ?? []);
  const dispenserOf = ({ free }: FreePool): Dispenser =>
    new Dispenser(free.filter((address) => !asked.includes(address)));
  const primary = dispenserOf(input.pool);
  const others = new Map(Object.entries(input.interfacePools).map(([key, pool]) => [key, dispenserOf(pool)]));
  const own = groups.map(() => primary.next());
  const virtualAddresses = network.virtualAddresses.map(({ name, address, on }) => {
    const pool = on === undefined ? primary : others.get(interfaceKey(on.group, on.interface));
    return { name, address: address ?? pool?.next() ?? '' };
  });
  const leading = groups.findIndex((group) => leadsOut(definition, group));
  const wayOut = virtualAddressOf(definition, virtualAddresses) ?? own[leading] ?? null;
  const nameServer = nameServerOf(definition);
  const answering = groups.findIndex(
    ({ role, name }) => nameServer !== undefined && answersFor(nameServer, { role, group: name }),
  );
  const nameservers = ({ role }: NodeGroup): readonly string[] =>
    nameServer === undefined || answering === -1 || !asksNameServer(role)
      ? network.nameservers
      : nameserversOf(definition, nameServer, own[answering] ?? '');
  const gateway = (group: NodeGroup): string | null =>
    leading === -1 || leadsOut(definition, group) ? network.gateway : wayOut;

  const machines = groups.map((group, position) => ({
    network: {
      bridge: group.network.bridge ?? network.bridge,
      vlan: group.network.privateVLAN ?? network.privateVLAN,
      address: own[position] ?? '',
      prefixLength: input.pool.prefixLength,
      // A machine has one default route: with one on another interface, none here.
      gateway: group.network.interfaces.some((other) => other.gateway !== null) ? null : gateway(group),
      nameservers: nameservers(group),
      domain: network.domain,
      mtu: network.mtu,
    },
    interfaces: group.network.interfaces.map((other): PlannedInterface => {
      const key = interfaceKey(group.name, other.name);
      const pool = input.interfacePools[key];
      return {
        name: other.name,
        bridge: other.bridge,
        vlan: other.privateVLAN,
        address: others.get(key)?.next() ?? null,
        prefixLength: pool?.prefixLength ?? null,
        gateway: other.gateway,
        mtu: other.mtu,
      };
    }),
  }));
  return {
    machines,
    virtualAddresses,
    faults: [
      ...shortage('/network/ipRange', network.ipRange, primary),
      ...definition.nodeGroups.flatMap((group, index) =>
        group.network.interfaces.flatMap((other, n) => {
          const dispenser = others.get(interfaceKey(group.name, other.name));
          const pointer = `/nodeGroups/${index}/network/interfaces/${n}/ipRange`;
          return dispenser === undefined ? [] : shortage(pointer, other.ipRange ?? '', dispenser);
        }),
      ),
    ],
  };
}

/** Gives out addresses one after the other, and counts what was asked for beyond its end. */
class Dispenser {
  asked = 0;
  readonly free: readonly string[];

  constructor(free: readonly string[]) {
    this.free = free;
  }

  next(): string {
    this.asked += 1;
    return this.free[this.asked - 1] ?? '';
  }
}

function shortage(pointer: string, range: string, { free, asked }: Dispenser): Fault[] {
  if (free.length >= asked) return [];
  const detail = `${range} has ${free.length} free addresses, ${asked} are needed`;
  return [{ pointer, detail, code: 'ADDRESSES_EXHAUSTED' }];
}
