/** Namespaces of what a cluster is made of: its own parts may do there what others may not. */

const SYSTEM =
  /^(kube-|openshift$|openshift-|calico-|tigera-|cilium-|cattle-|metallb-system$|ingress-nginx$|proxmox-csi|csi-|monitoring$|clusterwright)/;

export function isSystemNamespace(name: string): boolean {
  return SYSTEM.test(name);
}
