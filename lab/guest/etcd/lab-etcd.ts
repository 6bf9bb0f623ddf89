/** The etcd of one cluster as its own API shows it: identities, who leads, and what it lets be changed. */
import { createHash } from 'node:crypto';
import {
  badTransferee,
  memberNotFound,
  noLeader,
  notForLearners,
  notLeader,
  tooFewStarted,
  unhealthyCluster,
} from './refusal.js';

/** A member as the cluster of a distribution keeps it. */
export interface KeptMember {
  readonly node: string;
  readonly diskId: string;
  readonly isVoter: boolean;
  readonly isUp: boolean;
}

export interface EtcdKeeper {
  members(): readonly KeptMember[];
  remove(node: string): void;
  /** Of the machine; `undefined` where nobody knows it. */
  addressOf(node: string): string | undefined;
  /** Whether a member's name has a part of its own behind that of its node. */
  readonly namesAreUnique: boolean;
}

export interface LabEtcdMember extends KeptMember {
  /** 64 bits, decimal. */
  readonly id: string;
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
}

const FIRST_INDEX = 1_000;

export class LabEtcd {
  private readonly keeper: EtcdKeeper;
  private readonly watchers = new Map<string, Set<() => void>>();
  private lastLeader: string | null = null;
  private index = FIRST_INDEX;

  constructor(keeper: EtcdKeeper) {
    this.keeper = keeper;
  }

  members(): LabEtcdMember[] {
    return this.keeper.members().map((member) => this.named(member));
  }

  /** Of the machine, for as long as it is a member. */
  of(node: string): LabEtcdMember | undefined {
    return this.members().find((member) => member.node === node);
  }

  /** `undefined` without a quorum. Who leads goes on leading for as long as it can. */
  leader(): LabEtcdMember | undefined {
    const voters = this.members().filter(({ isVoter }) => isVoter);
    const up = voters.filter(({ isUp }) => isUp);
    if (up.length <= voters.length / 2) return undefined;
    const leader = up.find(({ id }) => id === this.lastLeader) ?? up[0];
    this.lastLeader = leader?.id ?? null;
    return leader;
  }

  /** Last entry that all running members have applied. Looking writes nothing; the cluster itself always does. */
  appliedIndex(): number {
    if (this.leader() !== undefined) this.index += 1;
    return this.index;
  }

  /** What a majority agrees to. @throws EtcdRefusal */
  agreedMembers(asked: string): LabEtcdMember[] {
    this.mustServe(asked);
    return this.members();
  }

  /** @param asked the machine whose member is asked. @throws EtcdRefusal */
  mustServe(asked: string): void {
    if (this.leader() === undefined) throw noLeader();
    if (this.of(asked)?.isVoter !== true) throw notForLearners();
  }

  /** @throws EtcdRefusal */
  removeMember(asked: string, id: string): void {
    this.mustServe(asked);
    const member = this.members().find((each) => each.id === id);
    if (member === undefined) throw memberNotFound();
    if (member.isVoter) this.mayRemoveVoter(member);
    this.keeper.remove(member.node);
    const watchers = this.watchers.get(member.node) ?? [];
    this.watchers.delete(member.node);
    for (const watcher of watchers) watcher();
  }

  /** @throws EtcdRefusal */
  moveLeader(asked: string, id: string): void {
    const leader = this.leader();
    if (leader === undefined) throw noLeader();
    if (leader.node !== asked) throw notLeader();
    const target = this.members().find((each) => each.id === id);
    if (target === undefined || !target.isVoter || !target.isUp) throw badTransferee();
    this.lastLeader = id;
  }

  /** To whichever voter comes next. @throws EtcdRefusal */
  forfeitLeadership(asked: string): LabEtcdMember {
    const next = this.members().find(({ node, isVoter, isUp }) => node !== asked && isVoter && isUp);
    if (next === undefined) throw badTransferee();
    this.moveLeader(asked, next.id);
    return next;
  }

  /** etcd ends where its member is removed. @returns a function that stops listening. */
  onRemoved(node: string, ended: () => void): () => void {
    const watchers = this.watchers.get(node) ?? new Set();
    watchers.add(ended);
    this.watchers.set(node, watchers);
    return () => void watchers.delete(ended);
  }

  private mayRemoveVoter(member: LabEtcdMember): void {
    const others = this.members().filter(({ isVoter, id }) => isVoter && id !== member.id);
    const quorum = Math.floor(others.length / 2) + 1;
    if (others.length < quorum) throw tooFewStarted();
    if (member.isUp && others.filter(({ isUp }) => isUp).length < quorum) throw unhealthyCluster();
  }

  private named(member: KeptMember): LabEtcdMember {
    const { node, diskId } = member;
    const digest = createHash('sha256').update(`${node} ${diskId}`).digest();
    const address = this.keeper.addressOf(node);
    const host = address?.includes(':') === true ? `[${address}]` : address;
    return {
      ...member,
      id: digest.readBigUInt64BE().toString(),
      name: this.keeper.namesAreUnique ? `${node}-${digest.toString('hex', 8, 12)}` : node,
      peerUrls: host === undefined ? [] : [`https://${host}:2380`],
      clientUrls: host === undefined ? [] : [`https://${host}:2379`],
    };
  }
}
