/** What kubeadm installs into the cluster itself: CoreDNS and kube-proxy. */
import type { Administrator, KubeObject } from './admin.js';
import { configMap } from './admin.js';

const NAMESPACE = 'kube-system';
const DNS_OFFSET = 10;

export interface AddonOptions {
  readonly version: string;
  readonly imageRepository: string;
  readonly serviceCidr: string;
  readonly dnsDomain: string;
}

/** CoreDNS first and kube-proxy last, as kubeadm does. */
export async function installAddons(admin: Administrator, options: AddonOptions): Promise<void> {
  await admin.put('serviceaccounts', account('coredns'));
  await admin.put('configmaps', configMap(NAMESPACE, 'coredns', { Corefile: corefile(options.dnsDomain) }));
  await admin.put('deployments', coreDns(options));
  await admin.put('services', dnsService(options));
  await admin.put('serviceaccounts', account('kube-proxy'));
  await admin.put('configmaps', configMap(NAMESPACE, 'kube-proxy', { 'config.conf': 'mode: ""\n' }));
  await admin.put('daemonsets', kubeProxy(options));
}

function account(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } };
}

function corefile(domain: string): string {
  return `.:53 {\n    errors\n    health\n    ready\n    kubernetes ${domain} in-addr.arpa ip6.arpa\n    forward . /etc/resolv.conf\n}\n`;
}

function coreDns({ imageRepository }: AddonOptions): KubeObject {
  const labels = { 'k8s-app': 'kube-dns' };
  const spec = {
    serviceAccountName: 'coredns',
    priorityClassName: 'system-cluster-critical',
    tolerations: [
      { key: 'CriticalAddonsOnly', operator: 'Exists' },
      { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
    ],
    containers: [{ name: 'coredns', image: `${imageRepository}/coredns/coredns:v1.11.3` }],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'coredns', namespace: NAMESPACE, labels },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

function dnsService({ serviceCidr }: AddonOptions): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace: NAMESPACE, labels: { 'k8s-app': 'kube-dns' } },
    spec: {
      clusterIP: serviceCidr.replace(/\d+\/\d+$/, String(DNS_OFFSET)),
      selector: { 'k8s-app': 'kube-dns' },
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
      ],
    },
  };
}

function kubeProxy({ imageRepository, version }: AddonOptions): KubeObject {
  const labels = { 'k8s-app': 'kube-proxy' };
  const spec = {
    hostNetwork: true,
    serviceAccountName: 'kube-proxy',
    priorityClassName: 'system-node-critical',
    tolerations: [{ operator: 'Exists' }],
    containers: [{ name: 'kube-proxy', image: `${imageRepository}/kube-proxy:${version}` }],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'kube-proxy', namespace: NAMESPACE, labels },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}
