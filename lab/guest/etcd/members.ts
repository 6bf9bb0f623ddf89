/** The members of an etcd inside a cluster's own machines: who votes, who runs, and whether that is a quorum. */
import type { EtcdChange } from '../../kubernetes/lab-kubernetes.js';
import { LabEtcd, type KeptMember } from './lab-etcd.js';

export interface EtcdMember {
  readonly diskId: string;
  isVoter: boolean;
}

export type Admission = 'admitted' | 'name-taken' | 'too-many-learners';

export interface EtcdSurroundings {
  /** Told of each change. */
  readonly changed: (change: EtcdChange) => void;
  /** Called before others look at who is a member. */
  readonly look: () => void;
  readonly addressOf: (node: string) => string | undefined;
  /** Whether a member's name has a part of its own behind that of its node. */
  readonly namesAreUnique: boolean;
}

export class EtcdMembers {
  private readonly members: Record<string, EtcdMember>;
  private readonly changed: (change: EtcdChange) => void;
  private readonly running = new Set<string>();
  private readonly watchers = new Set<() => void>();
  /** As its own API shows it. */
  readonly api: LabEtcd;

  /** @param members by node name; changed in place. */
  constructor(
    members: Record<string, EtcdMember>,
    { changed, look, addressOf, namesAreUnique }: EtcdSurroundings,
  ) {
    this.members = members;
    this.changed = changed;
    this.api = new LabEtcd({
      members: () => {
        look();
        return this.list();
      },
      remove: (node) => this.remove(node),
      addressOf,
      namesAreUnique,
    });
  }

  /** A machine that is a member already stays what it is. */
  admit(node: string, diskId: string, isVoter: boolean): Admission {
    return this.members[node]?.diskId === diskId ? 'admitted' : this.admitAnew(node, diskId, isVoter);
  }

  /** As {@link admit}, for a machine that has none of etcd's data. etcd takes one learner at a time. */
  admitAnew(node: string, diskId: string, isVoter: boolean): Admission {
    const existing = this.members[node];
    if (existing !== undefined && existing.diskId !== diskId) return 'name-taken';
    const hasLearner = Object.entries(this.members).some(([name, other]) => name !== node && !other.isVoter);
    if (!isVoter && hasLearner) return 'too-many-learners';
    this.members[node] = { diskId, isVoter };
    this.tell({ kind: 'admitted', of: node });
    return 'admitted';
  }

  promote(node: string): void {
    const member = this.members[node];
    if (member !== undefined) member.isVoter = true;
    this.tell({ kind: 'promoted', of: node });
  }

  remove(node: string): void {
    delete this.members[node];
    this.tell({ kind: 'removed', of: node });
  }

  list(): KeptMember[] {
    return Object.entries(this.members).map(([node, member]) => ({
      ...{ node, ...member },
      isUp: this.running.has(node),
    }));
  }

  of(node: string): EtcdMember | undefined {
    return this.members[node];
  }

  up(node: string): void {
    this.running.add(node);
    this.tell({ kind: 'up', of: node });
  }

  down(node: string): void {
    this.running.delete(node);
    this.tell({ kind: 'down', of: node });
  }

  isRunning(node: string): boolean {
    return this.running.has(node);
  }

  hasQuorum(): boolean {
    const voters = Object.entries(this.members).filter(([, { isVoter }]) => isVoter);
    return voters.filter(([name]) => this.running.has(name)).length > voters.length / 2;
  }

  /** Rejects with the signal's reason. */
  async whenQuorum(signal: AbortSignal): Promise<void> {
    while (!this.hasQuorum()) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const watcher = (): void => {
          this.watchers.delete(watcher);
          signal.removeEventListener('abort', watcher);
          resolve();
        };
        this.watchers.add(watcher);
        signal.addEventListener('abort', watcher, { once: true });
      });
    }
  }

  /** The disk is gone: a learner is given up, a dead voter goes on counting. @returns whether a member is left. */
  diskRemoved(diskId: string, isThere: (diskId: string) => boolean): boolean {
    for (const [name, member] of Object.entries(this.members)) {
      if (member.diskId === diskId && !member.isVoter) delete this.members[name];
    }
    this.tell({ kind: 'disk-removed', of: diskId });
    return Object.values(this.members).some((member) => member.diskId !== diskId && isThere(member.diskId));
  }

  private tell(change: EtcdChange): void {
    this.changed(change);
    for (const watcher of this.watchers) watcher();
  }
}
