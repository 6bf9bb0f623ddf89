/** One cluster of machines with Talos: the etcd that was bootstrapped once, and the Kubernetes over it. */
import type { LabControlPlane } from '../../kubernetes/lab-kubernetes.js';
import type { Credential } from '../../kubernetes/pki/certificates.js';
import { EtcdMembers, type EtcdMember } from '../etcd/members.js';
import { AddressElection } from '../kube-vip/address-election.js';
import { NodeSilence } from '../node-silence.js';
import type { TalosConfiguration } from './configuration.js';

/** Kept across restarts of the lab. */
export interface TalosClusterRecord {
  readonly id: string;
  /** Of Kubernetes. */
  readonly version: string;
  readonly machineToken: string;
  readonly machineCa: Credential;
  readonly bootstrapToken: string;
  readonly kubernetesCa: Credential;
  readonly etcdCertificate: string;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly dnsDomain: string;
  /** By node name. */
  readonly members: Record<string, EtcdMember>;
}

export interface TalosClusterHost {
  readonly plane: LabControlPlane;
  readonly save: () => void;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

export class TalosCluster {
  readonly record: TalosClusterRecord;
  readonly plane: LabControlPlane;
  readonly etcd: EtcdMembers;
  readonly silence: NodeSilence;
  readonly election = new AddressElection();

  constructor(record: TalosClusterRecord, { plane, save, pause }: TalosClusterHost) {
    this.record = record;
    this.plane = plane;
    this.etcd = new EtcdMembers(record.members, () => {
      plane.setQuorum(this.etcd.hasQuorum());
      save();
    });
    plane.setQuorum(false);
    this.silence = new NodeSilence(plane, pause);
  }

  /** Why the machine's kubelet does not get its first certificate; `null` when it does. */
  objection({ kubernetesCa, bootstrapToken }: TalosConfiguration): string | null {
    if (kubernetesCa.certificate !== this.record.kubernetesCa.certificate)
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    return bootstrapToken === this.record.bootstrapToken ? null : 'Unauthorized';
  }

  /** Why trustd signs nothing for the machine's own API; `null` when it does. */
  trustObjection({ machineCa, machineToken }: TalosConfiguration): string | null {
    if (machineCa.certificate !== this.record.machineCa.certificate)
      return 'transport: authentication handshake failed: x509: certificate signed by unknown authority';
    return machineToken === this.record.machineToken
      ? null
      : 'rpc error: code = Unauthenticated desc = invalid token';
  }

  close(): void {
    this.silence.close();
  }
}
