/** One cluster of K3s or RKE2: its datastore with its members, and who may join. */
import { createAuthority, type Credential } from '../../kubernetes/pki/certificates.js';
import { EtcdCluster, type EtcdClusterRecord } from '../clusters/etcd-cluster.js';
import type { ClusterHost } from '../clusters/cluster-registry.js';
import type { EtcdChange } from '../../kubernetes/lab-kubernetes.js';
import type { EtcdMember } from '../etcd/members.js';
import { snapshotFile } from '../etcd/snapshot-file.js';
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

export interface ClusterMember extends EtcdMember {
  /** Whether its node was in the API once: a node that is deleted there takes its member along. */
  isRegistered?: boolean;
}

/** Kept across restarts of the lab. */
export interface ClusterRecord extends EtcdClusterRecord {
  readonly distribution: RancherDistribution['program'];
  version: string;
  password: string;
  readonly agentPassword: string | null;
  /** An external one keeps what is in it, whatever happens to the servers. */
  datastore: 'etcd' | 'sqlite' | 'external';
  readonly datastoreEndpoint: string | null;
  readonly settings: ClusterSettings;
  /** Packaged components of the lab's Kubernetes. */
  readonly components: readonly string[];
  /** By node name. */
  readonly members: Record<string, ClusterMember>;
  /** Of etcd's servers and clients; made when it is first needed. */
  etcdAuthority?: Credential;
  /** Each node's own password, by node name. */
  readonly nodePasswords: Record<string, string>;
}

/** What a cluster is made with. */
export type RancherBootstrap = Omit<ClusterRecord, 'id' | 'members' | 'nodePasswords'>;

export class RancherCluster extends EtcdCluster<ClusterRecord> {
  constructor(record: ClusterRecord, host: ClusterHost) {
    super(record, host, true);
  }

  /** @throws RancherFatal while another learner has not been promoted: etcd allows one at a time. */
  addMember(node: string, diskId: string, isVoter: boolean): void {
    this.dropRemovedMembers();
    switch (this.etcd.admitAnew(node, diskId, isVoter)) {
      case 'admitted':
        return;
      case 'name-taken':
        throw new RancherFatal(
          `etcd cluster join failed: duplicate node name found, please use a unique name for this node`,
        );
      case 'too-many-learners':
        throw new RancherFatal(
          'starting kubernetes: preparing server: start managed database: joining etcd cluster: etcdserver: too many learner members in cluster',
        );
    }
  }

  /** Whether the disk still holds a member under this name. */
  isMember(node: string, diskId: string): boolean {
    this.dropRemovedMembers();
    return this.etcd.of(node)?.diskId === diskId;
  }

  /** An external datastore answers whoever of the servers runs. */
  override hasQuorum(): boolean {
    return this.record.datastore === 'external' || super.hasQuorum();
  }

  /** From here on machines join with this one, and servers start with it. */
  changePassword(password: string): void {
    this.record.password = password;
    this.save();
  }

  noteRegistered(node: string): void {
    const member = this.record.members[node];
    if (member !== undefined) member.isRegistered = true;
    this.save();
  }

  /** A node keeps the password that it came with first, for as long as it is in the API. */
  acceptsNodePassword(node: string, password: string): boolean {
    const known = this.record.nodePasswords[node];
    if (known !== undefined && known !== password && this.plane.nodeNames().includes(node)) return false;
    this.record.nodePasswords[node] = password;
    this.save();
    return true;
  }

  /** With what K3s keeps of itself in etcd: with the token another machine makes the same cluster of it. */
  snapshot(): Buffer {
    const { id: _id, members: _members, nodePasswords: _passwords, ...bootstrap } = this.record;
    return snapshotFile(this.plane.snapshot(), bootstrap);
  }

  async etcdAuthority(): Promise<Credential> {
    // The first one that is made stays, of two servers at once.
    const made = this.record.etcdAuthority ?? (await createAuthority('etcd-server-ca'));
    this.record.etcdAuthority ??= made;
    this.save();
    return this.record.etcdAuthority;
  }

  /** Without a network of pods no node becomes Ready. */
  hasPodNetwork(): boolean {
    const { settings } = this.record;
    return (settings['flannel-backend'] ?? settings.cni) !== 'none';
  }

  protected override membersChanged(change: EtcdChange): void {
    this.dropRemovedMembers();
    super.membersChanged(change);
  }

  /** The etcd member of a node that was deleted goes with it. */
  protected override dropRemovedMembers(): void {
    const nodes = this.plane.nodeNames();
    for (const [name, member] of Object.entries(this.record.members)) {
      if (member.isRegistered === true && !nodes.includes(name)) delete this.record.members[name];
    }
  }
}
