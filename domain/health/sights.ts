/** Puts what Proxmox VE, Kubernetes and the machines say side by side. */
import { isNode } from '../plan-steps.js';
import type { GuestSights, MachineSight, NodeSights, VmSight, VmSights, WatchedMachine } from './sight.js';

export interface AllSights {
  readonly vms: VmSights;
  readonly nodes: NodeSights;
  readonly guests: GuestSights;
}

const NOTHING_KNOWN: VmSight = { host: null, hostState: 'unknown', vm: 'unknown', lock: null, ha: 'unknown' };

/** Machines that Kubernetes does not say are well: of these more is asked. */
export function suspects(machines: readonly WatchedMachine[], { nodes }: NodeSights): string[] {
  return machines
    .filter((machine) => !isNode(machine) || nodes?.[machine.name]?.state !== 'ready')
    .map(({ name }) => name);
}

/** @returns by the name of the machine. */
export function sightsOf(
  machines: readonly WatchedMachine[],
  sights: AllSights,
): Readonly<Record<string, MachineSight>> {
  const hostOf = ({ name, host }: WatchedMachine): string => sights.vms.machines[name]?.host ?? host;
  const isHeard = ({ name }: WatchedMachine): boolean =>
    sights.nodes.nodes?.[name]?.state === 'ready' || sights.guests.machines[name]?.state === 'answers';
  return Object.fromEntries(
    machines.map((machine) => {
      const others = machines.filter((one) => one !== machine && hostOf(one) === hostOf(machine));
      const heard = others.some(isHeard) ? 'heard' : 'silent';
      return [machine.name, sightOf(machine, sights, others.length === 0 ? 'none' : heard)];
    }),
  );
}

function sightOf(
  machine: WatchedMachine,
  { vms, nodes, guests }: AllSights,
  neighbours: MachineSight['neighbours'],
): MachineSight {
  const { name } = machine;
  const { host, hostState, vm, lock, ha } = vms.machines[name] ?? NOTHING_KNOWN;
  const absent = { state: 'absent', since: null, why: 'there is no such node', cordoned: false } as const;
  const node = nodes.nodes === null ? undefined : (nodes.nodes[name] ?? absent);
  const guest = guests.machines[name];
  const isOne = isNode(machine);
  return {
    isNode: isOne ? 'yes' : 'no',
    quorum: vms.quorum,
    host: host ?? machine.host,
    ...{ hostState, vm, ha, neighbours },
    lock: lock === null ? 'free' : 'held',
    node: isOne ? (node?.state ?? 'unknown') : 'none',
    cordoned: node?.cordoned === true ? 'yes' : 'no',
    guest: guest?.state ?? 'unknown',
    evidence: [
      `host ${host ?? machine.host} is ${hostState}`,
      `its VM is ${vm}${lock === null ? '' : ` and locked (${lock})`}`,
      ...(ha === 'none' || ha === 'unknown' ? [] : [`high availability: ${ha}`]),
      ...(isOne ? [node === undefined ? 'Kubernetes was not seen' : nodeEvidence(node)] : []),
      ...(guest === undefined ? [] : [`the machine ${guest.state}: ${guest.why}`]),
    ],
  };
}

function nodeEvidence({ state, since, why }: { state: string; since: string | null; why: string }): string {
  return `its node is ${state}${since === null ? '' : ` since ${since}`}: ${why}`;
}
