/** A cluster with etcd on its own machines: its API, who of them votes, and whose kubelets are there. */
import type { EtcdChange, LabControlPlane } from '../../kubernetes/lab-kubernetes.js';
import { EtcdMembers, type EtcdMember } from '../etcd/members.js';
import { nodeAddress } from '../etcd/node-address.js';
import { AddressElection } from '../kube-vip/address-election.js';
import { NodeSilence } from '../node-silence.js';
import type { ClusterHost, KeptCluster } from './cluster-registry.js';

export interface EtcdClusterRecord {
  readonly id: string;
  /** By node name. */
  readonly members: Record<string, EtcdMember>;
}

export class EtcdCluster<R extends EtcdClusterRecord> implements KeptCluster {
  readonly record: R;
  readonly plane: LabControlPlane;
  readonly etcd: EtcdMembers;
  /** Of kubelets. */
  readonly silence: NodeSilence;
  readonly election = new AddressElection();
  protected readonly save: () => void;

  /** @param namesAreUnique whether a member's name has a part of its own behind that of its node. */
  constructor(record: R, { plane, save, pause }: ClusterHost, namesAreUnique = false) {
    this.record = record;
    this.plane = plane;
    this.save = save;
    this.etcd = new EtcdMembers(record.members, {
      changed: (change) => this.membersChanged(change),
      look: () => this.dropRemovedMembers(),
      addressOf: (node) => nodeAddress(plane, node),
      namesAreUnique,
    });
    this.silence = new NodeSilence(plane, pause);
    plane.setQuorum(this.hasQuorum());
  }

  /** Whether the API can read and write its state. */
  hasQuorum(): boolean {
    return this.etcd.hasQuorum();
  }

  wasOn(diskId: string): boolean {
    return Object.values(this.record.members).some((member) => member.diskId === diskId);
  }

  diskRemoved(diskId: string, isThere: (diskId: string) => boolean): boolean {
    return this.etcd.diskRemoved(diskId, isThere);
  }

  close(): void {
    this.silence.close();
  }

  /** Those that go together with something else, such as their node. */
  protected dropRemovedMembers(): void {}

  protected membersChanged(change: EtcdChange): void {
    this.plane.setQuorum(this.hasQuorum(), change);
    this.save();
  }
}
