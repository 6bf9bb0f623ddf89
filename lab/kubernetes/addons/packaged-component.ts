/** What K3s brings with it, each as a Deployment and perhaps a service (https://docs.k3s.io/installation/packaged-components). */
import type { Draft } from '../model/kube-object.js';

export interface PackagedComponent {
  readonly deployment: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly ComponentPort[];
  readonly replicas?: number;
}

export interface ComponentPort {
  readonly name: string;
  readonly containerPort: number;
  readonly protocol?: 'TCP' | 'UDP';
}

export const SYSTEM_NAMESPACE = 'kube-system';

const TOLERATIONS = [
  { key: 'CriticalAddonsOnly', operator: 'Exists' },
  { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' },
];

export function componentDeployment({
  deployment,
  image,
  labels,
  ports,
  replicas = 1,
}: PackagedComponent): Draft {
  return {
    metadata: {
      name: deployment,
      namespace: SYSTEM_NAMESPACE,
      labels: { ...labels },
      annotations: { 'objectset.rio.cattle.io/owner-gvk': 'k3s.cattle.io/v1, Kind=Addon' },
    },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: deployment,
          priorityClassName: 'system-cluster-critical',
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          tolerations: TOLERATIONS,
          containers: [{ name: deployment, image, imagePullPolicy: 'IfNotPresent', ports }],
        },
      },
    },
  };
}

export const COREDNS: PackagedComponent = {
  deployment: 'coredns',
  image: 'rancher/mirrored-coredns-coredns:1.12.0',
  labels: { 'k8s-app': 'kube-dns' },
  ports: [
    { name: 'dns', containerPort: 53, protocol: 'UDP' },
    { name: 'dns-tcp', containerPort: 53 },
    { name: 'metrics', containerPort: 9153 },
  ],
};

export const METRICS_SERVER: PackagedComponent = {
  deployment: 'metrics-server',
  image: 'rancher/mirrored-metrics-server:v0.7.2',
  labels: { 'k8s-app': 'metrics-server' },
  ports: [{ name: 'https', containerPort: 10_250 }],
};

export const LOCAL_STORAGE: PackagedComponent = {
  deployment: 'local-path-provisioner',
  image: 'rancher/local-path-provisioner:v0.0.30',
  labels: { app: 'local-path-provisioner' },
  ports: [],
};

export const TRAEFIK: PackagedComponent = {
  deployment: 'traefik',
  image: 'rancher/mirrored-library-traefik:2.11.18',
  labels: { 'app.kubernetes.io/name': 'traefik', 'app.kubernetes.io/instance': 'traefik-kube-system' },
  ports: [
    { name: 'web', containerPort: 8_000 },
    { name: 'websecure', containerPort: 8_443 },
  ],
};
