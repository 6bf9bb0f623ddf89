/** One cluster that kubeadm made: its control plane, and the etcd on its machines. */
import { createHash, X509Certificate } from 'node:crypto';
import type { Credential } from '../../kubernetes/pki/certificates.js';
import type { EtcdCluster, EtcdClusterRecord } from '../clusters/etcd-cluster.js';

/** Kept across restarts of the lab. */
export interface ClusterRecord extends EtcdClusterRecord {
  version: string;
  readonly authority: Credential;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly dnsDomain: string;
  /** `controlPlaneEndpoint`: host and port. */
  readonly endpoint: string;
  readonly certSans: readonly string[];
}

export type KubeadmCluster = EtcdCluster<ClusterRecord>;

/** What `caCertHashes` pins: the hash of the authority's public key. */
export function publicKeyHash(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}
