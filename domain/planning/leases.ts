/** Which addresses a plan leases, under which names, and the plan with the addresses that were granted. */
import type { ClusterDefinition, VirtualAddress } from '../cluster-definition.js';
import type { Plan, PlannedMachine } from '../plan.js';
import { answersFor, asksNameServer, nameServerOf, nameserversOf } from '../services/name-server.js';
import { leadsOut, virtualAddressOf } from './egress.js';

export interface WantedAddress {
  /** Unique in the cluster: a machine, `<machine>/<interface>`, or `vip/<name>`. */
  readonly holder: string;
  /** `null` takes the next free one. */
  readonly address: string | null;
  readonly cidr: string;
  readonly ipRange: string;
}

export const holders = {
  interface: (machine: string, name: string): string => `${machine}/${name}`,
  virtual: (name: string): string => `vip/${name}`,
};

export const lease = {
  /** The first address of each machine. */
  machinesOf: ({ network }: ClusterDefinition, { machines }: Plan): WantedAddress[] =>
    machines.map(({ name, network: { address } }) => ({
      holder: name,
      address,
      cidr: network.cidr,
      ipRange: network.ipRange,
    })),

  /** Those of further interfaces, and the virtual ones. */
  furtherOf: ({ network, nodeGroups }: ClusterDefinition, plan: Plan): WantedAddress[] => {
    const networkOf = (on: VirtualAddress['on']): Pick<WantedAddress, 'cidr' | 'ipRange'> => {
      const group = nodeGroups.find(({ name }) => name === on?.group);
      const extra = group?.network.interfaces.find(({ name }) => name === on?.interface);
      return { cidr: extra?.cidr ?? network.cidr, ipRange: extra?.ipRange ?? network.ipRange };
    };
    const virtual = plan.virtualAddresses.map(({ name, address }) => ({
      holder: holders.virtual(name),
      address,
      ...networkOf(network.virtualAddresses.find((asked) => asked.name === name)?.on),
    }));
    const further = plan.machines.flatMap((machine) => {
      const group = nodeGroups.find(({ name }) => name === machine.group);
      return machine.interfaces.flatMap(({ name, address }) => {
        const asked = group?.network.interfaces.find((candidate) => candidate.name === name);
        if (asked?.cidr == null || asked.ipRange === null) return [];
        return [
          {
            holder: holders.interface(machine.name, name),
            address,
            cidr: asked.cidr,
            ipRange: asked.ipRange,
          },
        ];
      });
    });
    return [...virtual, ...further];
  },
};

/** @param granted addresses by holder; a holder that is missing keeps what was planned. */
export function withAddresses(
  definition: ClusterDefinition,
  plan: Plan,
  granted: ReadonlyMap<string, string>,
): Plan {
  const machines = withNameServer(
    definition,
    plan.machines.map((machine) => ({
      ...machine,
      network: { ...machine.network, address: granted.get(machine.name) ?? machine.network.address },
      interfaces: machine.interfaces.map((one) => ({
        ...one,
        address: granted.get(holders.interface(machine.name, one.name)) ?? one.address,
      })),
    })),
  );
  const virtualAddresses = plan.virtualAddresses.map(({ name, address }) => ({
    name,
    address: granted.get(holders.virtual(name)) ?? address,
  }));
  // The way out may have been given another address.
  const isLeading = ({ role, group }: PlannedMachine): boolean => leadsOut(definition, { role, name: group });
  const leading = machines.find(isLeading);
  if (leading === undefined) return { ...plan, machines, virtualAddresses };
  const gateway = virtualAddressOf(definition, virtualAddresses) ?? leading.network.address;
  const routed = machines.map((machine) => {
    const leadsThere = machine.network.gateway !== null && !isLeading(machine);
    return leadsThere ? { ...machine, network: { ...machine.network, gateway } } : machine;
  });
  return { ...plan, machines: routed, virtualAddresses };
}

/** The machine that answers for the cluster's names may have been given another address. */
function withNameServer(
  definition: ClusterDefinition,
  machines: readonly PlannedMachine[],
): readonly PlannedMachine[] {
  const service = nameServerOf(definition);
  const server = machines.find((machine) => service !== undefined && answersFor(service, machine));
  if (service === undefined || server === undefined) return machines;
  const nameservers = nameserversOf(definition, service, server.network.address);
  return machines.map((machine) =>
    asksNameServer(machine.role) ? { ...machine, network: { ...machine.network, nameservers } } : machine,
  );
}
