/** Hosts with guests of some clusters, for tests of drains. */
import type { DrainInput, MachineGroup } from '../../../domain/hosts/drain-plan.js';
import type { GuestFacts, MoveFacts } from '../../../domain/hosts/guest-facts.js';
import { placeMachines } from '../../../placement/place-machines.js';
import { aHost } from '../../builders/inventory.js';

export const HOSTS = ['hv5', 'hv6', 'hv7', 'hv8'];

export function aGuest(
  name: string,
  host: string,
  vmid: number,
  change: Partial<GuestFacts> = {},
): GuestFacts {
  const cluster = name.split('-')[0] ?? '';
  const machine = { uuid: `uuid-${vmid}`, clusterUid: `uid-${cluster}`, cluster, isMade: true };
  return { vmid, kind: 'qemu', host, name, isRunning: true, isTemplate: false, machine, ...change };
}

export function moveFacts(vmid: number, change: Partial<MoveFacts> = {}): MoveFacts {
  return {
    ...{ vmid, memoryMiB: 4_096, cores: 2, cpuType: 'x86-64-v2-AES', isHaManaged: false, refusedBy: {} },
    ...{ localDisks: [], localMedia: [], localResources: [], companions: [] },
    ...change,
  };
}

/** `<cluster>-server-<n>` is of the control plane. */
export function groupOf(machine: string, change: Partial<MachineGroup> = {}): MachineGroup {
  const name = machine.split('-')[1] ?? '';
  const role = name === 'server' ? 'CONTROL_PLANE' : name === 'lb' ? 'SERVICE' : 'WORKER';
  return { name, role, antiAffinity: 'HARD', targetNodes: [], preferredNodes: [], ...change };
}

export function aDrain(guests: readonly GuestFacts[], change: Partial<DrainInput> = {}): DrainInput {
  return {
    host: 'hv5',
    request: { clusters: null, targets: null },
    hosts: HOSTS.map((name) => aHost({ name })),
    guests,
    facts: guests.filter(({ host }) => host === 'hv5').map(({ vmid }) => moveFacts(vmid)),
    groupOf: (_cluster, machine) => groupOf(machine),
    place: placeMachines,
    ...change,
  };
}
