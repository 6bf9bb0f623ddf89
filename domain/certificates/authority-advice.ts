/** What a person does about an authority that runs out: every machine and every kubeconfig trusts it by name. */
import type { ClusterType } from '../cluster-definition.js';

export function authorityAdvice(type: ClusterType): string {
  switch (type) {
    case 'K3S':
    case 'RKE2': {
      const program = type === 'K3S' ? 'k3s' : 'rke2';
      return `Make new authorities that the old ones sign, load them with \`${program} certificate rotate-ca\` on a server, then renew the certificates of the cluster.`;
    }
    case 'VANILLA':
      return 'Follow "Manual Rotation of CA Certificates" of the Kubernetes documentation: the new authority is trusted beside the old one first, everywhere.';
    case 'TALOS':
      return 'Run `talosctl rotate-ca`, which has every machine trust the new authority beside the old one first.';
    case 'OKD':
      return "The cluster's own operators replace their authorities: look at `oc get clusteroperators`.";
  }
}
