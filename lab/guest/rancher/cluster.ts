/** One cluster of K3s or RKE2: its datastore with its members, and who may join. */
import type { LabControlPlane } from '../../kubernetes/lab-kubernetes.js';
import { AddressElection } from '../kube-vip/address-election.js';
import { NodeSilence } from '../node-silence.js';
import type { RancherDistribution } from './distribution.js';
import { RancherFatal } from './fatal.js';

/** What all servers of a cluster have to be configured with alike, by flag. */
export interface ClusterSettings {
  readonly 'cluster-cidr': string;
  readonly 'service-cidr': string;
  readonly 'cluster-dns': string;
  readonly 'cluster-domain': string;
  readonly 'secrets-encryption': boolean;
  readonly 'embedded-registry': boolean;
  readonly disable: readonly string[];
  /** The one of the two that the distribution has. */
  readonly 'flannel-backend'?: string;
  readonly cni?: string;
}

export interface ClusterMember {
  readonly diskId: string;
  isVoter: boolean;
  /** Whether its node was in the API once: a node that is deleted there takes its member along. */
  isRegistered: boolean;
}

/** Kept across restarts of the lab. */
export interface ClusterRecord {
  readonly id: string;
  readonly distribution: RancherDistribution['program'];
  version: string;
  readonly password: string;
  readonly agentPassword: string | null;
  /** An external one keeps what is in it, whatever happens to the servers. */
  datastore: 'etcd' | 'sqlite' | 'external';
  readonly datastoreEndpoint: string | null;
  readonly settings: ClusterSettings;
  /** Packaged components of the lab's Kubernetes. */
  readonly components: readonly string[];
  /** By node name. */
  readonly members: Record<string, ClusterMember>;
  /** Each node's own password, by node name. */
  readonly nodePasswords: Record<string, string>;
}

export interface ClusterHost {
  readonly plane: LabControlPlane;
  save(): void;
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

export class RancherCluster {
  readonly record: ClusterRecord;
  readonly plane: LabControlPlane;
  readonly election = new AddressElection();
  private readonly host: ClusterHost;
  private readonly running = new Set<string>();
  private readonly watchers = new Set<() => void>();
  private readonly silence: NodeSilence;

  constructor(record: ClusterRecord, host: ClusterHost) {
    this.record = record;
    this.host = host;
    this.plane = host.plane;
    this.plane.setQuorum(this.hasQuorum());
    this.silence = new NodeSilence(this.plane, (ms, signal) => host.pause(ms, signal));
  }

  /** @throws RancherFatal while another learner has not been promoted: etcd allows one at a time. */
  addMember(node: string, diskId: string, isVoter: boolean): void {
    this.dropRemovedMembers();
    const { members } = this.record;
    const existing = members[node];
    if (existing !== undefined && existing.diskId !== diskId) {
      throw new RancherFatal(
        `etcd cluster join failed: duplicate node name found, please use a unique name for this node`,
      );
    }
    const hasLearner = Object.entries(members).some(([name, member]) => name !== node && !member.isVoter);
    if (!isVoter && hasLearner)
      throw new RancherFatal(
        'starting kubernetes: preparing server: start managed database: joining etcd cluster: etcdserver: too many learner members in cluster',
      );
    members[node] = { diskId, isVoter, isRegistered: false };
    this.changed();
  }

  promote(node: string): void {
    const member = this.record.members[node];
    if (member !== undefined) member.isVoter = true;
    this.changed();
  }

  /** Whether the disk still holds a member under this name. */
  isMember(node: string, diskId: string): boolean {
    this.dropRemovedMembers();
    return this.record.members[node]?.diskId === diskId;
  }

  memberUp(node: string): void {
    this.running.add(node);
    this.changed();
  }

  memberDown(node: string): void {
    this.running.delete(node);
    this.changed();
  }

  hasQuorum(): boolean {
    if (this.record.datastore === 'external') return true;
    const voters = Object.entries(this.record.members).filter(([, { isVoter }]) => isVoter);
    const up = voters.filter(([name]) => this.running.has(name));
    return up.length > voters.length / 2;
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

  noteRegistered(node: string): void {
    const member = this.record.members[node];
    if (member !== undefined) member.isRegistered = true;
    this.host.save();
  }

  /** A node keeps the password that it came with first, for as long as it is in the API. */
  acceptsNodePassword(node: string, password: string): boolean {
    const known = this.record.nodePasswords[node];
    if (known !== undefined && known !== password && this.plane.nodeNames().includes(node)) return false;
    this.record.nodePasswords[node] = password;
    this.host.save();
    return true;
  }

  /** Without a network of pods no node becomes Ready. */
  hasPodNetwork(): boolean {
    const { settings } = this.record;
    return (settings['flannel-backend'] ?? settings.cni) !== 'none';
  }

  /** The kubelet of a node is there (again). */
  heard(node: string): void {
    this.silence.end(node);
  }

  /** The kubelet of a node is not there any more: after a while the API says so. */
  silent(node: string): void {
    this.silence.begin(node);
  }

  /** The disk is gone: a learner is given up, a dead voter goes on counting. @returns whether a member is left. */
  diskRemoved(diskId: string, isThere: (diskId: string) => boolean): boolean {
    for (const [name, member] of Object.entries(this.record.members)) {
      if (member.diskId === diskId && !member.isVoter) delete this.record.members[name];
    }
    this.changed();
    return Object.values(this.record.members).some(
      (member) => member.diskId !== diskId && isThere(member.diskId),
    );
  }

  close(): void {
    this.silence.close();
  }

  /** The etcd member of a node that was deleted goes with it. */
  private dropRemovedMembers(): void {
    const nodes = this.plane.nodeNames();
    for (const [name, member] of Object.entries(this.record.members)) {
      if (member.isRegistered && !nodes.includes(name)) delete this.record.members[name];
    }
  }

  private changed(): void {
    this.dropRemovedMembers();
    this.plane.setQuorum(this.hasQuorum());
    this.host.save();
    for (const watcher of this.watchers) watcher();
  }
}
