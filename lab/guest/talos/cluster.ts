/** One cluster of machines with Talos: the etcd that was bootstrapped once, and the Kubernetes over it. */
import type { Credential } from '../../kubernetes/pki/certificates.js';
import { EtcdCluster, type EtcdClusterRecord } from '../clusters/etcd-cluster.js';
import type { TalosConfiguration } from './configuration.js';

/** Kept across restarts of the lab. */
export interface TalosClusterRecord extends EtcdClusterRecord {
  /** Of Kubernetes. */
  version: string;
  readonly machineToken: string;
  readonly machineCa: Credential;
  readonly bootstrapToken: string;
  readonly kubernetesCa: Credential;
  readonly etcdCertificate: string;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly dnsDomain: string;
}

export class TalosCluster extends EtcdCluster<TalosClusterRecord> {
  /** Member that is being upgraded: there is never a second one, as Talos locks this in etcd. */
  upgrading: string | null = null;

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
}
