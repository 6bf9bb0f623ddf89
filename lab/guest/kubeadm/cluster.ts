/** One cluster that kubeadm made: its control plane, and the etcd on its machines. */
import { createHash, X509Certificate } from 'node:crypto';
import type { LabControlPlane } from '../../kubernetes/lab-kubernetes.js';
import type { Credential } from '../../kubernetes/pki/certificates.js';
import { EtcdMembers, type EtcdMember } from '../etcd/members.js';
import { AddressElection } from '../kube-vip/address-election.js';
import { NodeSilence } from '../node-silence.js';

/** Kept across restarts of the lab. */
export interface ClusterRecord {
  readonly id: string;
  version: string;
  readonly authority: Credential;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly dnsDomain: string;
  /** `controlPlaneEndpoint`: host and port. */
  readonly endpoint: string;
  readonly certSans: readonly string[];
  /** By node name. */
  readonly members: Record<string, EtcdMember>;
}

export interface ClusterHost {
  readonly plane: LabControlPlane;
  readonly save: () => void;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

export class KubeadmCluster {
  readonly record: ClusterRecord;
  readonly plane: LabControlPlane;
  readonly etcd: EtcdMembers;
  readonly silence: NodeSilence;
  readonly election = new AddressElection();

  constructor(record: ClusterRecord, { plane, save, pause }: ClusterHost) {
    this.record = record;
    this.plane = plane;
    this.etcd = new EtcdMembers(record.members, () => {
      plane.setQuorum(this.etcd.hasQuorum());
      save();
    });
    plane.setQuorum(false);
    this.silence = new NodeSilence(plane, pause);
  }

  close(): void {
    this.silence.close();
  }
}

/** What `caCertHashes` pins: the hash of the authority's public key. */
export function publicKeyHash(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}
