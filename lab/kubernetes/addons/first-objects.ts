/** What a K3s server makes when it starts: namespaces, the API's own service, roles and its packaged components. */
import type { Cluster } from '../cluster.js';
import { ensure } from '../api/writer.js';
import { serviceAddress } from '../subnets.js';
import { ensureDefaultRoles } from './default-roles.js';
import {
  componentDeployment,
  COREDNS,
  LOCAL_STORAGE,
  METRICS_SERVER,
  SYSTEM_NAMESPACE,
  type PackagedComponent,
} from './packaged-component.js';
import { ensureChartJobs } from './packaged-charts.js';

const NAMESPACES = ['default', SYSTEM_NAMESPACE, 'kube-public', 'kube-node-lease'];
const API_OFFSET = 1n;
const DNS_OFFSET = 10n;

/** Adds what is missing; what people have changed stays as it is. */
export function ensureFirstObjects(cluster: Cluster): void {
  for (const name of NAMESPACES) ensure(cluster, 'namespaces', { metadata: { name } });
  ensure(cluster, 'services', {
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: {
      clusterIP: serviceAddress(cluster, API_OFFSET),
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
    },
  });
  for (const [name, value] of [
    ['system-cluster-critical', 2_000_000_000],
    ['system-node-critical', 2_000_001_000],
  ] as const) {
    ensure(cluster, 'priorityclasses.scheduling.k8s.io', {
      metadata: { name },
      value,
      preemptionPolicy: 'PreemptLowerPriority',
    });
  }
  ensureDefaultRoles(cluster);
  const { components } = cluster.options;
  if (components.includes('coredns')) ensureCoreDns(cluster);
  if (components.includes('metrics-server')) ensureMetricsServer(cluster);
  if (components.includes('local-storage')) ensureLocalStorage(cluster);
  if (components.includes('traefik')) ensureChartJobs(cluster);
}

function ensureComponent(cluster: Cluster, component: PackagedComponent): void {
  const { deployment: name } = component;
  ensure(cluster, 'serviceaccounts', { metadata: { name, namespace: SYSTEM_NAMESPACE } });
  ensure(cluster, 'deployments.apps', componentDeployment(component));
}

function ensureCoreDns(cluster: Cluster): void {
  ensureComponent(cluster, COREDNS);
  ensure(cluster, 'configmaps', {
    metadata: { name: 'coredns', namespace: SYSTEM_NAMESPACE },
    data: {
      Corefile: `.:53 {\n    errors\n    health\n    ready\n    kubernetes ${cluster.options.clusterDomain} in-addr.arpa ip6.arpa\n}\n`,
    },
  });
  ensure(cluster, 'services', {
    metadata: {
      name: 'kube-dns',
      namespace: SYSTEM_NAMESPACE,
      labels: {
        'k8s-app': 'kube-dns',
        'kubernetes.io/cluster-service': 'true',
        'kubernetes.io/name': 'CoreDNS',
      },
    },
    spec: {
      clusterIP: serviceAddress(cluster, DNS_OFFSET),
      selector: COREDNS.labels,
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        { name: 'metrics', port: 9153, protocol: 'TCP' },
      ],
    },
  });
}

function ensureMetricsServer(cluster: Cluster): void {
  ensureComponent(cluster, METRICS_SERVER);
  ensure(cluster, 'services', {
    metadata: {
      name: 'metrics-server',
      namespace: SYSTEM_NAMESPACE,
      labels: { 'kubernetes.io/name': 'Metrics-server' },
    },
    spec: {
      selector: METRICS_SERVER.labels,
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 'https' }],
    },
  });
}

function ensureLocalStorage(cluster: Cluster): void {
  ensureComponent(cluster, LOCAL_STORAGE);
  ensure(cluster, 'storageclasses.storage.k8s.io', {
    metadata: { name: 'local-path', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'rancher.io/local-path',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
}
