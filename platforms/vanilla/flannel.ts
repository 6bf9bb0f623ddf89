/** Flannel, as its release's own manifest describes it: https://github.com/flannel-io/flannel/blob/master/Documentation/kube-flannel.yml */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { PRIMARY_INTERFACE } from '../../domain/network/interface-names.js';

const NAMESPACE = 'kube-flannel';
const IMAGE = 'ghcr.io/flannel-io/flannel:v0.27.4';
const PLUGIN_IMAGE = 'ghcr.io/flannel-io/flannel-cni-plugin:v1.8.0-flannel1';
const LABELS = { tier: 'node', app: 'flannel', 'k8s-app': 'flannel' };

export const FLANNEL_DAEMON_SET = { namespace: NAMESPACE, name: 'kube-flannel-ds' } as const;

type Manifest = Readonly<Record<string, unknown>>;

/** One `List` for `kubectl apply`. */
export function flannelManifest(definition: ClusterDefinition): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [NAMESPACE_OBJECT, ACCOUNT, ROLE, BINDING, configuration(definition), daemonSet(definition)],
  };
}

const NAMESPACE_OBJECT: Manifest = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: NAMESPACE,
    labels: { 'k8s-app': 'flannel', 'pod-security.kubernetes.io/enforce': 'privileged' },
  },
};

const ACCOUNT: Manifest = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'flannel', namespace: NAMESPACE, labels: LABELS },
};

const ROLE: Manifest = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'flannel', labels: LABELS },
  rules: [
    { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['nodes/status'], verbs: ['patch'] },
  ],
};

const BINDING: Manifest = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'flannel', labels: LABELS },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'flannel' },
  subjects: [{ kind: 'ServiceAccount', name: 'flannel', namespace: NAMESPACE }],
};

function configuration({ network }: ClusterDefinition): Manifest {
  const isIpv6 = network.podCidr.includes(':');
  const plugins = [
    { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } },
    { type: 'portmap', capabilities: { portMappings: true } },
  ];
  const net = {
    ...(isIpv6
      ? { EnableIPv4: false, EnableIPv6: true, IPv6Network: network.podCidr }
      : { Network: network.podCidr }),
    EnableNFTables: false,
    Backend: { Type: 'vxlan' },
  };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kube-flannel-cfg', namespace: NAMESPACE, labels: LABELS },
    data: {
      'cni-conf.json': JSON.stringify({ name: 'cbr0', cniVersion: '0.3.1', plugins }),
      'net-conf.json': JSON.stringify(net),
    },
  };
}

function daemonSet(definition: ClusterDefinition): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...FLANNEL_DAEMON_SET, labels: LABELS },
    spec: {
      selector: { matchLabels: { app: 'flannel' } },
      template: { metadata: { labels: LABELS }, spec: podSpec(definition) },
    },
  };
}

function podSpec(definition: ClusterDefinition): Manifest {
  return {
    hostNetwork: true,
    priorityClassName: 'system-node-critical',
    serviceAccountName: 'flannel',
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] },
          ],
        },
      },
    },
    tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
    initContainers: [
      copy(
        'install-cni-plugin',
        PLUGIN_IMAGE,
        ['/flannel', '/opt/cni/bin/flannel'],
        [{ name: 'cni-plugin', mountPath: '/opt/cni/bin' }],
      ),
      copy(
        'install-cni',
        IMAGE,
        ['/etc/kube-flannel/cni-conf.json', '/etc/cni/net.d/10-flannel.conflist'],
        [
          { name: 'cni', mountPath: '/etc/cni/net.d' },
          { name: 'flannel-cfg', mountPath: '/etc/kube-flannel/' },
        ],
      ),
    ],
    containers: [
      {
        name: 'kube-flannel',
        image: IMAGE,
        command: ['/opt/bin/flanneld'],
        args: ['--ip-masq', '--kube-subnet-mgr', ...interfaceArguments(definition)],
        resources: { requests: { cpu: '100m', memory: '50Mi' } },
        securityContext: { privileged: false, capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
        env: [
          { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
          { name: 'EVENT_QUEUE_DEPTH', value: '5000' },
          { name: 'CONT_WHEN_CACHE_NOT_READY', value: 'false' },
        ],
        volumeMounts: [
          { name: 'run', mountPath: '/run/flannel' },
          { name: 'flannel-cfg', mountPath: '/etc/kube-flannel/' },
          { name: 'xtables-lock', mountPath: '/run/xtables.lock' },
        ],
      },
    ],
    volumes: [
      { name: 'run', hostPath: { path: '/run/flannel' } },
      { name: 'cni-plugin', hostPath: { path: '/opt/cni/bin' } },
      { name: 'cni', hostPath: { path: '/etc/cni/net.d' } },
      { name: 'flannel-cfg', configMap: { name: 'kube-flannel-cfg' } },
      { name: 'xtables-lock', hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' } },
    ],
  };
}

function copy(
  name: string,
  image: string,
  files: readonly string[],
  volumeMounts: readonly Manifest[],
): Manifest {
  return { name, image, command: ['cp'], args: ['-f', ...files], volumeMounts };
}

/** Flannel looks for the default route, which may lead out of another interface, or may not be there at all. */
function interfaceArguments({ network, nodeGroups }: ClusterDefinition): string[] {
  const isPlain =
    network.egress === 'GATEWAY' && nodeGroups.every((group) => group.network.interfaces.length === 0);
  return isPlain ? [] : [`--iface=${PRIMARY_INTERFACE}`];
}
