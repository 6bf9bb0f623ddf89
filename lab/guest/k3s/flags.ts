/** The flags of `k3s server` and `k3s agent` (https://docs.k3s.io/cli/server, /cli/agent). */

import { list, text, toggle, type FlagDeclaration } from '../rancher/flag.js';

const AGENT_FLAGS: readonly FlagDeclaration[] = [
  text('config', { short: 'c', variable: 'K3S_CONFIG_FILE' }),
  text('data-dir', { short: 'd', variable: 'K3S_DATA_DIR' }),
  text('token', { short: 't', variable: 'K3S_TOKEN' }),
  text('token-file', { variable: 'K3S_TOKEN_FILE' }),
  text('server', { short: 's', variable: 'K3S_URL' }),
  text('node-name', { variable: 'K3S_NODE_NAME' }),
  text('node-ip', { short: 'i' }),
  ...[
    'node-external-ip',
    'resolv-conf',
    'flannel-iface',
    'private-registry',
    'snapshotter',
    'pause-image',
  ].map((name) => text(name)),
  ...['lb-server-port', 'vpn-auth', 'v', 'log', 'default-runtime', 'container-runtime-endpoint'].map((name) =>
    text(name),
  ),
  ...['node-label', 'node-taint', 'kubelet-arg', 'kube-proxy-arg'].map(list),
  ...[
    'with-node-id',
    'selinux',
    'protect-kernel-defaults',
    'debug',
    'alsologtostderr',
    'docker',
    'prefer-bundled-bin',
  ].map((name) => toggle(name)),
];

const SERVER_ONLY_FLAGS: readonly FlagDeclaration[] = [
  toggle('cluster-init', { variable: 'K3S_CLUSTER_INIT' }),
  toggle('cluster-reset', { variable: 'K3S_CLUSTER_RESET' }),
  text('cluster-reset-restore-path'),
  text('agent-token', { variable: 'K3S_AGENT_TOKEN' }),
  text('agent-token-file', { variable: 'K3S_AGENT_TOKEN_FILE' }),
  text('datastore-endpoint', { variable: 'K3S_DATASTORE_ENDPOINT' }),
  text('write-kubeconfig', { short: 'o', variable: 'K3S_KUBECONFIG_OUTPUT' }),
  text('write-kubeconfig-mode', { variable: 'K3S_KUBECONFIG_MODE' }),
  ...['datastore-cafile', 'datastore-certfile', 'datastore-keyfile', 'bind-address', 'https-listen-port'].map(
    (name) => text(name),
  ),
  ...[
    'advertise-address',
    'advertise-port',
    'cluster-domain',
    'flannel-backend',
    'service-node-port-range',
  ].map((name) => text(name)),
  ...[
    'write-kubeconfig-group',
    'egress-selector-mode',
    'default-local-storage-path',
    'servicelb-namespace',
  ].map((name) => text(name)),
  ...[
    'helm-job-image',
    'secrets-encryption-provider',
    'etcd-snapshot-name',
    'etcd-snapshot-schedule-cron',
  ].map((name) => text(name)),
  ...[
    'etcd-snapshot-retention',
    'etcd-snapshot-dir',
    'etcd-s3-endpoint',
    'etcd-s3-bucket',
    'etcd-s3-folder',
  ].map((name) => text(name)),
  ...[
    'etcd-s3-region',
    'etcd-s3-access-key',
    'etcd-s3-secret-key',
    'etcd-s3-timeout',
    'etcd-s3-config-secret',
  ].map((name) => text(name)),
  ...[
    'tls-san',
    'cluster-cidr',
    'service-cidr',
    'cluster-dns',
    'disable',
    'kube-apiserver-arg',
    'etcd-arg',
  ].map(list),
  ...['kube-controller-manager-arg', 'kube-scheduler-arg', 'kube-cloud-controller-manager-arg'].map(list),
  ...[
    'secrets-encryption',
    'embedded-registry',
    'tls-san-security',
    'flannel-ipv6-masq',
    'flannel-external-ip',
  ].map((name) => toggle(name)),
  ...[
    'etcd-expose-metrics',
    'etcd-disable-snapshots',
    'etcd-snapshot-compress',
    'etcd-s3',
    'supervisor-metrics',
  ].map((name) => toggle(name)),
  ...[
    'disable-network-policy',
    'disable-helm-controller',
    'disable-cloud-controller',
    'disable-kube-proxy',
  ].map((name) => toggle(name)),
];

export const FLAGS = {
  agent: AGENT_FLAGS,
  server: [...AGENT_FLAGS, ...SERVER_ONLY_FLAGS],
} as const;
