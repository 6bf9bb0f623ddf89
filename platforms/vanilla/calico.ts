/** Calico, from the manifest of one of its releases, which is too long to be told here: it is known by its checksum. */
import type { NetworkInstallation } from './network-step.js';

export interface ManifestSource {
  readonly url: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** https://docs.tigera.io/calico/latest/getting-started/kubernetes/self-managed-onprem/onpremises */
export const CALICO_MANIFEST: ManifestSource = {
  url: 'https://raw.githubusercontent.com/projectcalico/calico/v3.31.7/manifests/calico.yaml',
  sha256: 'd6d8a489a4ed8e5b8efd8b339047b496ca657b55ee2e3618e791507b0a853e8d',
};

/** It takes the pods' network from kubeadm's own configuration in the cluster. */
export function installCalico(source: ManifestSource = CALICO_MANIFEST): NetworkInstallation {
  const manifest = '/var/lib/clusterwright/calico.yaml';
  return {
    daemonSet: { namespace: 'kube-system', name: 'calico-node', selector: 'k8s-app=calico-node' },
    files: [],
    act: [
      'mkdir -p /var/lib/clusterwright',
      `curl -sSfL --retry 3 -o ${manifest} '${source.url}'`,
      `echo '${source.sha256}  ${manifest}' | sha256sum -c`,
      `kubectl apply --server-side --force-conflicts --field-manager=clusterwright -f ${manifest}`,
    ].join('\n'),
  };
}
