/** Which machines leave a host, where they go and in which order; and which stay, and why. */
import type { AntiAffinity, MachineRole } from '../cluster-definition.js';
import type { HostFacts } from '../inventory.js';
import type { Place, PlaceRequest } from '../planner.js';
import type { DrainRequest } from './drain-request.js';
import type { GuestFacts, GuestMachine, MoveFacts } from './guest-facts.js';
import { moveMode, moveObjections, type MoveMode } from './move-mode.js';

export interface DrainMove {
  readonly cluster: string;
  readonly clusterUid: string;
  readonly machine: string;
  readonly vmid: number;
  readonly role: MachineRole;
  readonly from: string;
  readonly to: string;
  readonly mode: MoveMode;
  readonly isRunning: boolean;
}

/** A machine of ours that does not leave. */
export interface DrainStay {
  readonly cluster: string;
  readonly machine: string;
  readonly vmid: number;
  readonly reason: string;
}

/** A guest of others: it is listed, and never touched. */
export interface OtherGuest {
  readonly vmid: number;
  readonly kind: GuestFacts['kind'];
  readonly name: string | null;
  readonly isRunning: boolean;
}

export interface DrainPlan {
  readonly host: string;
  /** In the order in which they are made: one cluster after the other, workers before the control plane. */
  readonly moves: readonly DrainMove[];
  readonly stays: readonly DrainStay[];
  readonly others: readonly OtherGuest[];
  readonly warnings: readonly string[];
}

/** What the definition of its cluster says of a machine. */
export interface MachineGroup {
  readonly name: string;
  readonly role: MachineRole;
  readonly antiAffinity: AntiAffinity;
  /** Empty: any host will do. */
  readonly targetNodes: readonly string[];
  readonly preferredNodes: readonly string[];
}

export interface DrainInput {
  readonly host: string;
  readonly request: Pick<DrainRequest, 'clusters' | 'targets'>;
  /** With `drained` where a host is marked. */
  readonly hosts: readonly HostFacts[];
  /** Of all hosts. */
  readonly guests: readonly GuestFacts[];
  /** Of the machines of ours on the host. */
  readonly facts: readonly MoveFacts[];
  /** `null`: the definition of its cluster does not know the machine. */
  readonly groupOf: (cluster: string, machine: string) => MachineGroup | null;
  readonly place: Place;
}

/** A machine of ours with all that is known of it. */
interface Candidate {
  readonly guest: GuestFacts;
  readonly machine: GuestMachine;
  readonly name: string;
  readonly group: MachineGroup;
  readonly facts: MoveFacts;
}

/** What serves the others goes last; the control plane before it, as it is the one that tells of the rest. */
const RANK: Readonly<Record<MachineRole, number>> = {
  WORKER: 0,
  INFRA: 1,
  BOOTSTRAP: 2,
  CONTROL_PLANE: 3,
  BASTION: 4,
  SERVICE: 5,
};

export function planDrain(input: DrainInput): DrainPlan {
  const { host, request, guests } = input;
  const here = guests.filter((guest) => guest.host === host && !guest.isTemplate);
  const stays: DrainStay[] = [];
  const candidates = here.flatMap((guest) => {
    const sorted = candidateOf(input, guest);
    if (sorted === null) return [];
    if (typeof sorted !== 'string') return [sorted];
    stays.push(stay(guest, sorted));
    return [];
  });
  const wanted = candidates
    .filter(({ machine }) => request.clusters === null || request.clusters.includes(machine.cluster))
    .toSorted(inOrder);
  const placed = placeAll(input, wanted);
  const moves = wanted.flatMap((candidate, index): DrainMove[] => {
    const result = placed[index];
    if (result?.kind !== 'placed') {
      const why = result === undefined ? 'there is no other host' : result.reasons.join('; ');
      stays.push(stay(candidate.guest, `no host will do: ${why}`));
      return [];
    }
    return [moveOf(candidate, result.host)];
  });
  return {
    host,
    moves,
    stays: stays.toSorted((a, b) => a.vmid - b.vmid),
    others: here.filter(({ machine }) => machine === null).map(otherGuest),
    warnings: warningsOf(wanted, moves),
  };
}

/** @returns why it stays; `null` for what is not ours. */
function candidateOf(input: DrainInput, guest: GuestFacts): Candidate | string | null {
  const { machine, name, vmid } = guest;
  if (machine === null || name === null) return null;
  if (!machine.isMade) return 'it is being made: its cluster is not READY';
  const group = input.groupOf(machine.cluster, name);
  if (group === null) return 'the definition of its cluster does not know it';
  const facts = input.facts.find((one) => one.vmid === vmid);
  if (facts === undefined) return 'Proxmox VE did not say where it may go';
  const objections = moveObjections(guest.isRunning, facts);
  return objections.length > 0 ? objections.join('; ') : { guest, machine, name, group, facts };
}

function inOrder(a: Candidate, b: Candidate): number {
  return (
    compare(a.machine.cluster, b.machine.cluster) ||
    RANK[a.group.role] - RANK[b.group.role] ||
    compare(a.name, b.name)
  );
}

/** The machines of the same clusters on other hosts stay where they are, and keep the ones that move apart from them. */
function placeAll(input: DrainInput, wanted: readonly Candidate[]) {
  const clusters = new Set(wanted.map(({ machine }) => machine.cluster));
  const moving = new Set(wanted.map(({ guest }) => guest.vmid));
  const there = input.guests.filter(
    ({ machine, vmid }) => machine !== null && clusters.has(machine.cluster) && !moving.has(vmid),
  );
  const held = there.flatMap((guest) => heldWhereItIs(input, guest));
  const requests = wanted.map((one) => requestOf(input, one, there));
  return input.place([...held, ...requests], input.hosts).slice(held.length);
}

/** It takes no more room than it has. */
function heldWhereItIs({ groupOf }: DrainInput, { machine, name, host }: GuestFacts): PlaceRequest[] {
  const group = machine === null || name === null ? null : groupOf(machine.cluster, name);
  if (machine === null || group === null) return [];
  return [
    {
      ...{ machine: name ?? '', group: keyOf(machine.cluster, group), memoryMiB: 0, cores: 0 },
      ...{ antiAffinity: 'NONE', preferredHosts: [] },
      objection: (candidate) => (candidate.name === host ? null : `it is on ${host}`),
    },
  ];
}

function requestOf(
  { host, request, groupOf }: DrainInput,
  { name, machine, group, guest, facts }: Candidate,
  there: readonly GuestFacts[],
): PlaceRequest {
  const key = keyOf(machine.cluster, group);
  const hasNeighbour = (on: string): boolean =>
    there.some((other) => {
      const its = other.machine === null ? null : groupOf(other.machine.cluster, other.name ?? '');
      return other.host === on && its !== null && keyOf(other.machine?.cluster ?? '', its) === key;
    });
  return {
    machine: name,
    group: key,
    // What is off takes its memory only once somebody starts it; then it has to be there.
    memoryMiB: facts.memoryMiB,
    cores: guest.isRunning ? facts.cores : 0,
    antiAffinity: group.antiAffinity,
    preferredHosts: group.preferredNodes,
    objection: (candidate) => {
      if (candidate.name === host) return 'it is the one that is drained';
      if (candidate.drained === true) return 'it is drained, too';
      if (request.targets !== null && !request.targets.includes(candidate.name))
        return 'it is not among the targets';
      if (group.targetNodes.length > 0 && !group.targetNodes.includes(candidate.name))
        return 'it is not among the targetNodes of its group';
      // Also on a host that is so full that the placement leaves out what is there.
      if (group.antiAffinity === 'HARD' && hasNeighbour(candidate.name))
        return `it already has a machine of group "${group.name}"`;
      return facts.refusedBy[candidate.name] ?? null;
    },
  };
}

/** Groups of two clusters may have the same name. */
function keyOf(cluster: string, group: MachineGroup): string {
  return `${cluster}/${group.name}`;
}

function moveOf({ guest, machine, name, group, facts }: Candidate, to: string): DrainMove {
  return {
    ...{ cluster: machine.cluster, clusterUid: machine.clusterUid, machine: name, vmid: guest.vmid },
    ...{ role: group.role, from: guest.host, to },
    ...{ mode: moveMode(guest.isRunning, facts), isRunning: guest.isRunning },
  };
}

function stay({ machine, name, vmid }: GuestFacts, reason: string): DrainStay {
  return { cluster: machine?.cluster ?? '', machine: name ?? '', vmid, reason };
}

function otherGuest({ vmid, kind, name, isRunning }: GuestFacts): OtherGuest {
  return { vmid, kind, name, isRunning };
}

function warningsOf(wanted: readonly Candidate[], moves: readonly DrainMove[]): string[] {
  return moves.flatMap(({ machine, mode, isRunning, to }) => {
    const cpu = wanted.find(({ name }) => name === machine)?.facts.cpuType;
    if (mode === 'OFFLINE') {
      return isRunning ? [`${machine} is shut down while its disks are copied to ${to}`] : [];
    }
    return cpu === 'host' ? [`${machine} has the CPU type "host": ${to} needs the same processor`] : [];
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
