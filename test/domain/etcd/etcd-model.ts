/**
 * etcd's membership as etcd itself treats it, without the network: who votes, who runs, who leads, and what its own
 * check of a reconfiguration lets through (`--strict-reconfig-check`, its default).
 */
import { etcdStatus, quorumOf, type EtcdMember, type EtcdStatus } from '../../../domain/etcd/status.js';

interface ModelMember {
  readonly id: string;
  readonly node: string;
  isVoter: boolean;
  hasStarted: boolean;
  isUp: boolean;
  /** Whether we reach its machine: etcd may run all the same. */
  isReachable: boolean;
  appliedIndex: number;
}

export class EtcdModel {
  readonly members: ModelMember[] = [];
  leader: string | null = null;
  private nextId = 1;
  private index = 10_000;

  private readonly check: 'strict' | 'none';

  constructor(nodes: readonly string[], check: 'strict' | 'none' = 'strict') {
    this.check = check;
    for (const node of nodes) this.join(node, true);
    this.elect();
  }

  hasQuorum(): boolean {
    return this.running().length >= quorumOf(this.voters().length);
  }

  voters(): ModelMember[] {
    return this.members.filter(({ isVoter }) => isVoter);
  }

  of(node: string): ModelMember | undefined {
    return this.members.find((member) => member.node === node);
  }

  /** What a person sees who asks each machine. */
  observe(): EtcdStatus {
    const seen = this.members.map((member): EtcdMember => {
      const answers = member.isUp && member.isReachable && this.hasQuorum();
      return {
        id: member.id,
        name: member.hasStarted ? member.node : '',
        node: member.node,
        peerUrls: [],
        isLearner: !member.isVoter,
        isLeader: member.id === this.leader,
        isHealthy: answers,
        problem: answers ? null : 'it does not answer',
        appliedIndex: answers ? member.appliedIndex : null,
        databaseBytes: null,
        revision: null,
      };
    });
    return etcdStatus(seen, []);
  }

  /** Entries are written; who does not run, or is slow, falls behind. */
  write(entries: number, slow: string | null): void {
    if (!this.hasQuorum()) return;
    this.index += entries;
    // A majority of the voters has each entry before it is acknowledged.
    const spare = this.running().length - quorumOf(this.voters().length);
    for (const member of this.members) {
      const stays = member.node === slow && member.id !== this.leader && (spare > 0 || !member.isVoter);
      if (member.isUp && !stays) member.appliedIndex = this.index;
    }
  }

  crash(node: string): void {
    const member = this.of(node);
    if (member === undefined) return;
    member.isUp = false;
    this.elect();
  }

  recover(node: string): void {
    const member = this.of(node);
    if (member === undefined) return;
    Object.assign(member, { isUp: true, isReachable: true, hasStarted: true });
    this.elect();
    if (this.hasQuorum()) member.appliedIndex = this.index;
  }

  /** @returns whether etcd took it. */
  addLearner(node: string): boolean {
    if (!this.hasQuorum() || this.of(node) !== undefined || this.members.some(({ isVoter }) => !isVoter))
      return false;
    this.commitChange();
    this.join(node, false);
    return true;
  }

  /** @returns whether etcd took it: a learner that has nearly everything, where a majority runs afterwards, too. */
  promote(node: string): boolean {
    const member = this.of(node);
    if (member === undefined || member.isVoter || !member.isUp || !this.hasQuorum()) return false;
    if (member.appliedIndex < this.index * 0.9) return false;
    if (this.running().length + 1 < quorumOf(this.voters().length + 1)) return false;
    this.commitChange();
    member.isVoter = true;
    return true;
  }

  /** @returns whether etcd took it: it is asked of the leader. */
  moveLeader(from: string, to: string): boolean {
    const target = this.members.find(({ id }) => id === to);
    const isLeading =
      this.leader === from && this.members.some(({ id, isReachable }) => id === from && isReachable);
    if (!isLeading || target === undefined || !target.isVoter || !target.isUp || !this.hasQuorum())
      return false;
    if (target.appliedIndex < this.index) target.appliedIndex = this.index;
    this.leader = to;
    return true;
  }

  /** @returns whether etcd took it. */
  remove(id: string): boolean {
    const member = this.members.find((each) => each.id === id);
    if (member === undefined || !this.hasQuorum()) return false;
    if (this.check === 'strict' && member.isVoter && !this.mayBeRemoved(member)) return false;
    this.commitChange();
    this.members.splice(this.members.indexOf(member), 1);
    this.elect();
    return true;
  }

  private mayBeRemoved(member: ModelMember): boolean {
    const others = this.voters().filter(({ id }) => id !== member.id);
    if (others.filter(({ hasStarted }) => hasStarted).length < quorumOf(others.length)) return false;
    if (!member.isUp) return true;
    return this.running().length - 1 >= quorumOf(others.length);
  }

  /** A change of the members is an entry itself: just a majority of those before it has it, and all that came before. */
  private commitChange(): void {
    this.index += 1;
    const furthest = this.running().toSorted(
      (a, b) =>
        Number(b.id === this.leader) - Number(a.id === this.leader) || b.appliedIndex - a.appliedIndex,
    );
    for (const member of furthest.slice(0, quorumOf(this.voters().length))) member.appliedIndex = this.index;
  }

  private running(): ModelMember[] {
    return this.voters().filter(({ isUp }) => isUp);
  }

  private join(node: string, isVoter: boolean): void {
    const member = { node, isVoter, hasStarted: isVoter, isUp: isVoter, isReachable: true };
    this.members.push({ ...member, id: String((this.nextId += 1)), appliedIndex: isVoter ? this.index : 0 });
  }

  /** The one that leads goes on leading for as long as it can; a new one has everything that was acknowledged. */
  private elect(): void {
    const candidates = this.hasQuorum() ? this.running() : [];
    if (candidates.some(({ id }) => id === this.leader)) return;
    const [best] = candidates.toSorted((a, b) => b.appliedIndex - a.appliedIndex);
    this.leader = best?.id ?? null;
  }
}
