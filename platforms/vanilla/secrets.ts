/** What is made before the first machine, so that any machine can be replaced and no machine trusts on first use. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { ClusterSecret } from '../platform.js';

export const SECRETS = {
  bootstrapToken: '{{secret:bootstrap-token}}',
  /** Seals the authorities' keys while they are in the cluster for the other control-plane machines to fetch. */
  certificateKey: '{{secret:certificate-key}}',
  caHash: '{{secret:ca.sha256}}',
  encryptionKey: '{{secret:encryption-key}}',
} as const;

/** https://kubernetes.io/docs/setup/best-practices/certificates/ */
export function clusterSecrets({ security }: ClusterDefinition): readonly ClusterSecret[] {
  return [
    { kind: 'certificate-authority', name: 'ca', commonName: 'kubernetes' },
    { kind: 'certificate-authority', name: 'front-proxy-ca', commonName: 'front-proxy-ca' },
    { kind: 'certificate-authority', name: 'etcd-ca', commonName: 'etcd-ca' },
    { kind: 'key-pair', name: 'sa' },
    { kind: 'kubeadm-token', name: 'bootstrap-token' },
    { kind: 'random', name: 'certificate-key', bytes: 32 },
    ...(security.encryptSecretsAtRest
      ? [{ kind: 'random', name: 'encryption-key', bytes: 32, encoding: 'base64' } as const]
      : []),
  ];
}
