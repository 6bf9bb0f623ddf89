/** What each control-plane machine says of etcd, put together to one status. */
import { etcdStatus, votersOf, type EtcdAlarm, type EtcdMember, type EtcdStatus } from './status.js';

/** A control-plane machine. */
export interface EtcdMachine {
  /** Its name as a node. */
  readonly node: string;
  readonly address: string;
}

/** As etcd lists it. */
export type ListedMember = Pick<EtcdMember, 'id' | 'name' | 'peerUrls' | 'isLearner'>;

export type EtcdReading =
  | {
      readonly kind: 'answered';
      readonly memberId: string;
      /** `null`: it knows no leader. */
      readonly leaderId: string | null;
      readonly appliedIndex: number;
      readonly databaseBytes: number;
      readonly revision: number | null;
      /** Why it does not serve; `null` when it does. */
      readonly problem: string | null;
      /** Empty where it does not tell, as a learner does not. */
      readonly members: readonly ListedMember[];
      /** The list is one that a majority agreed to just now. */
      readonly isAgreed: boolean;
      readonly alarms: readonly EtcdAlarm[];
    }
  | { readonly kind: 'silent'; readonly reason: string };

export interface MachineReading {
  readonly machine: EtcdMachine;
  readonly reading: EtcdReading;
}

type Answered = Extract<EtcdReading, { kind: 'answered' }>;

/** @returns `undefined` when nobody knows the members. */
export function combineReadings(readings: readonly MachineReading[]): EtcdStatus | undefined {
  const answered = readings.flatMap(({ reading }) => (reading.kind === 'answered' ? [reading] : []));
  const listed = furthest(answered)?.members;
  if (listed === undefined) return undefined;
  const leader = agreedLeader(listed, answered);
  const alarms = furthest(answered)?.alarms ?? [];
  const members = listed.map((member) => {
    const own = answered.find(({ memberId }) => memberId === member.id);
    const node = nodeOf(member, readings);
    const machine = readings.find((each) => each.machine.node === node);
    const problem = problemOf(member, { own, machine, leader, alarms });
    return {
      ...member,
      node,
      isLeader: member.id === leader,
      isHealthy: problem === null,
      problem,
      appliedIndex: own?.appliedIndex ?? null,
      databaseBytes: own?.databaseBytes ?? null,
      revision: own?.revision ?? null,
    };
  });
  return etcdStatus(members, alarms);
}

/** Where a member that was parted from the others has an old list, those that agree with a majority have the true one. */
function furthest(answered: readonly Answered[]): Answered | undefined {
  return answered
    .filter(({ members }) => members.length > 0)
    .toSorted((a, b) => Number(b.isAgreed) - Number(a.isAgreed) || b.appliedIndex - a.appliedIndex)[0];
}

/** Whom most of the voters that answer follow: one that was just deposed may not know it yet. */
function agreedLeader(listed: readonly ListedMember[], answered: readonly Answered[]): string | null {
  const voters = new Set(votersOf({ members: listed as readonly EtcdMember[] }).map(({ id }) => id));
  const followers = new Map<string, number>();
  const telling = answered.filter(({ memberId, leaderId }) => voters.has(memberId) && leaderId !== null);
  for (const { leaderId } of telling) {
    if (leaderId !== null && voters.has(leaderId))
      followers.set(leaderId, (followers.get(leaderId) ?? 0) + 1);
  }
  for (const [leader, count] of followers) if (count > telling.length / 2) return leader;
  return null;
}

/**
 * By the address of its peers, which it has before it has a name. Servers of K3s and RKE2 have eight hexadecimal digits
 * behind the name of their node.
 */
function nodeOf({ name, peerUrls }: ListedMember, readings: readonly MachineReading[]): string | null {
  const hosts = peerUrls.map(hostOf);
  const machines = readings.map(({ machine }) => machine);
  const found =
    machines.find(({ address }) => hosts.includes(address)) ??
    machines.find(({ node }) => name === node || name.replace(/-[0-9a-f]{8}$/, '') === node);
  return found?.node ?? null;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';
}

interface MemberFacts {
  readonly own: Answered | undefined;
  readonly machine: MachineReading | undefined;
  readonly leader: string | null;
  readonly alarms: readonly EtcdAlarm[];
}

function problemOf(member: ListedMember, { own, machine, leader, alarms }: MemberFacts): string | null {
  if (own === undefined) return silenceOf(machine);
  if (own.problem !== null) return own.problem;
  if (own.leaderId === null) return 'it knows no leader';
  if (own.leaderId !== leader) return 'it follows another leader than the others';
  const isCorrupt = alarms.some(({ memberId, kind }) => memberId === member.id && kind === 'CORRUPT');
  return isCorrupt ? 'its data differs from the data of the others' : null;
}

function silenceOf(machine: MachineReading | undefined): string {
  if (machine === undefined) return 'it is on none of the machines of the cluster';
  const { reading } = machine;
  return reading.kind === 'silent' ? reading.reason : 'another member runs on its machine';
}
