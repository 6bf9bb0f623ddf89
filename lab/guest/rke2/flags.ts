/** The flags of `rke2 server` and `rke2 agent` (https://docs.rke2.io/reference/server_config, /linux_agent_config). */
import { list, text, toggle, type FlagDeclaration } from '../rancher/flag.js';

const AGENT_FLAGS: readonly FlagDeclaration[] = [
  text('config', { short: 'c', variable: 'RKE2_CONFIG_FILE' }),
  text('data-dir', { short: 'd', variable: 'RKE2_DATA_DIR' }),
  text('token', { short: 't', variable: 'RKE2_TOKEN' }),
  text('token-file', { variable: 'RKE2_TOKEN_FILE' }),
  text('server', { short: 's', variable: 'RKE2_URL' }),
  text('node-name', { variable: 'RKE2_NODE_NAME' }),
  text('node-ip', { short: 'i' }),
  ...['node-external-ip', 'node-internal-dns', 'node-external-dns', 'resolv-conf', 'private-registry'].map(
    (name) => text(name),
  ),
  ...['snapshotter', 'default-runtime', 'container-runtime-endpoint', 'lb-server-port', 'bind-address'].map(
    (name) => text(name),
  ),
  ...['image-credential-provider-bin-dir', 'image-credential-provider-config', 'v', 'vmodule', 'log'].map(
    (name) => text(name),
  ),
  ...['cloud-provider-name', 'cloud-provider-config', 'profile', 'audit-policy-file', 'kubelet-path'].map(
    (name) => text(name),
  ),
  ...['pod-security-admission-config-file', 'system-default-registry', 'runtime-image', 'pause-image'].map(
    (name) => text(name),
  ),
  ...['node-label', 'node-taint', 'kubelet-arg', 'kube-proxy-arg', 'airgap-extra-registry'].map(list),
  ...['control-plane-resource-requests', 'control-plane-resource-limits'].map(list),
  ...['debug', 'alsologtostderr', 'with-node-id', 'protect-kernel-defaults', 'selinux', 'enable-pprof'].map(
    (name) => toggle(name),
  ),
  ...['disable-default-registry-endpoint', 'nonroot-devices', 'node-name-from-cloud-provider-metadata'].map(
    (name) => toggle(name),
  ),
];

const SERVER_ONLY_FLAGS: readonly FlagDeclaration[] = [
  toggle('cluster-reset', { variable: 'RKE2_CLUSTER_RESET' }),
  text('cluster-reset-restore-path'),
  text('agent-token', { variable: 'RKE2_AGENT_TOKEN' }),
  text('agent-token-file', { variable: 'RKE2_AGENT_TOKEN_FILE' }),
  text('datastore-endpoint', { variable: 'RKE2_DATASTORE_ENDPOINT' }),
  text('write-kubeconfig', { short: 'o', variable: 'RKE2_KUBECONFIG_OUTPUT' }),
  text('write-kubeconfig-mode', { variable: 'RKE2_KUBECONFIG_MODE' }),
  ...['datastore-cafile', 'datastore-certfile', 'datastore-keyfile', 'advertise-address'].map((name) =>
    text(name),
  ),
  ...['cluster-domain', 'service-node-port-range', 'egress-selector-mode', 'servicelb-namespace'].map(
    (name) => text(name),
  ),
  ...['write-kubeconfig-group', 'helm-job-image', 'secrets-encryption-provider'].map((name) => text(name)),
  ...[
    'etcd-snapshot-name',
    'etcd-snapshot-dir',
    'etcd-snapshot-schedule-cron',
    'etcd-snapshot-retention',
  ].map((name) => text(name)),
  ...['etcd-s3-endpoint', 'etcd-s3-bucket', 'etcd-s3-folder', 'etcd-s3-region', 'etcd-s3-timeout'].map(
    (name) => text(name),
  ),
  ...['etcd-s3-access-key', 'etcd-s3-secret-key', 'etcd-s3-config-secret', 'etcd-s3-retention'].map((name) =>
    text(name),
  ),
  list('cni'),
  list('ingress-controller'),
  ...['tls-san', 'cluster-cidr', 'service-cidr', 'cluster-dns', 'disable', 'kube-apiserver-arg'].map(list),
  ...['etcd-arg', 'kube-controller-manager-arg', 'kube-scheduler-arg'].map(list),
  ...['kube-cloud-controller-manager-arg', 'helm-controller-arg'].map(list),
  ...['secrets-encryption', 'embedded-registry', 'tls-san-security', 'supervisor-metrics'].map((name) =>
    toggle(name),
  ),
  ...['etcd-expose-metrics', 'etcd-disable-snapshots', 'etcd-snapshot-compress', 'etcd-s3'].map((name) =>
    toggle(name),
  ),
  ...['disable-kube-proxy', 'disable-cloud-controller', 'disable-scheduler', 'enable-servicelb'].map((name) =>
    toggle(name),
  ),
  ...['disable-apiserver', 'disable-controller-manager', 'disable-etcd', 'disable-agent'].map((name) =>
    toggle(name),
  ),
];

export const FLAGS = {
  agent: AGENT_FLAGS,
  server: [...AGENT_FLAGS, ...SERVER_ONLY_FLAGS],
} as const;
