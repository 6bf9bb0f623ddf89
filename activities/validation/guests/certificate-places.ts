/** Where distributions keep certificates and what else of their control plane is looked at, as globs of the shell. */
import type { ClusterType } from '../../../domain/cluster-definition.js';
import { ENCRYPTION_CONFIGURATION } from '../../../platforms/vanilla/paths.js';

export interface ControlPlanePlaces {
  /** Files in PEM; of those that hold a key as well only the certificates are read. */
  readonly certificates: readonly string[];
  /** Kubeconfigs with a certificate inside. */
  readonly kubeconfigs: readonly string[];
  /** Configuration of the API server's encryption; `null`: it is kept elsewhere. */
  readonly encryption: string | null;
  /** With which etcd is asked on this machine; `null`: it is not asked. */
  readonly etcd: { readonly authority: string; readonly certificate: string; readonly key: string } | null;
}

const KUBELET = '/var/lib/kubelet/pki/kubelet-*-current.pem';

export function placesOf(type: ClusterType): ControlPlanePlaces {
  switch (type) {
    case 'K3S':
      return rancher('/var/lib/rancher/k3s');
    case 'RKE2':
      return rancher('/var/lib/rancher/rke2');
    case 'VANILLA':
      return {
        certificates: ['/etc/kubernetes/pki/*.crt', '/etc/kubernetes/pki/etcd/*.crt', KUBELET],
        kubeconfigs: ['/etc/kubernetes/*.conf'],
        encryption: ENCRYPTION_CONFIGURATION,
        etcd: {
          authority: '/etc/kubernetes/pki/etcd/ca.crt',
          certificate: '/etc/kubernetes/pki/etcd/healthcheck-client.crt',
          key: '/etc/kubernetes/pki/etcd/healthcheck-client.key',
        },
      };
    case 'OKD':
      return { certificates: [KUBELET], kubeconfigs: [], encryption: null, etcd: null };
    case 'TALOS':
      return { certificates: [], kubeconfigs: [], encryption: null, etcd: null };
  }
}

function rancher(folder: string): ControlPlanePlaces {
  const tls = `${folder}/server/tls`;
  return {
    certificates: [`${tls}/*.crt`, `${tls}/etcd/*.crt`, `${folder}/agent/*.crt`],
    kubeconfigs: [],
    encryption: `${folder}/server/cred/encryption-config.json`,
    etcd: {
      authority: `${tls}/etcd/server-ca.crt`,
      certificate: `${tls}/etcd/client.crt`,
      key: `${tls}/etcd/client.key`,
    },
  };
}
