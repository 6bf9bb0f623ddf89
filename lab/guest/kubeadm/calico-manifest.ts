/** What the lab's Internet has in place of Calico's own manifest: as much as brings its daemons. */

export const CALICO_HOST = 'raw.githubusercontent.com';
const PATH = /^\/projectcalico\/calico\/(v\d+\.\d+\.\d+)\/manifests\/calico\.yaml$/;

export function calicoManifest(path: string): string | undefined {
  const [, version] = PATH.exec(path) ?? [];
  return version === undefined ? undefined : manifest(version);
}

function manifest(version: string): string {
  return `---
kind: ServiceAccount
apiVersion: v1
metadata:
  name: calico-node
  namespace: kube-system
---
kind: DaemonSet
apiVersion: apps/v1
metadata:
  name: calico-node
  namespace: kube-system
  labels:
    k8s-app: calico-node
spec:
  selector:
    matchLabels:
      k8s-app: calico-node
  template:
    metadata:
      labels:
        k8s-app: calico-node
    spec:
      hostNetwork: true
      serviceAccountName: calico-node
      tolerations:
        - effect: NoSchedule
          operator: Exists
      containers:
        - name: calico-node
          image: quay.io/calico/node:${version}
`;
}
