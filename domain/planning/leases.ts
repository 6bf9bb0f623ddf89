/** Which addresses a plan leases, under which names, and the plan with the addresses that were granted. */
import type { ClusterDefinition } from '../cluster-definition.js';
import type { Plan } from '../plan.js';

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
    const virtual = plan.virtualAddresses.map(({ name, address }) => ({
      holder: holders.virtual(name),
      address,
      cidr: network.cidr,
      ipRange: network.ipRange,
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
  { network }: ClusterDefinition,
  plan: Plan,
  granted: ReadonlyMap<string, string>,
): Plan {
  const machines = plan.machines.map((machine) => ({
    ...machine,
    network: { ...machine.network, address: granted.get(machine.name) ?? machine.network.address },
    interfaces: machine.interfaces.map((one) => ({
      ...one,
      address: granted.get(holders.interface(machine.name, one.name)) ?? one.address,
    })),
  }));
  // The way out may have been given another address.
  const bastion = machines.find(({ role }) => role === 'BASTION')?.network.address ?? null;
  const routed = machines.map((machine) => {
    const leadsThere = network.egress === 'BASTION' && machine.network.gateway !== null;
    return leadsThere ? { ...machine, network: { ...machine.network, gateway: bastion } } : machine;
  });
  const virtualAddresses = plan.virtualAddresses.map(({ name, address }) => ({
    name,
    address: granted.get(holders.virtual(name)) ?? address,
  }));
  return { ...plan, machines: routed, virtualAddresses };
}
