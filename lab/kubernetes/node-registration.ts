/** What the kubelet of a machine tells the API about its node. */
import { createHash } from 'node:crypto';
import type { Cluster } from './cluster.js';
import { change, create, ensure } from './api/writer.js';
import { timestamp } from './model/kube-object.js';
import { setCondition, type Condition, type Node, type Taint } from './model/workloads.js';
import type { NodeRegistration } from './lab-kubernetes.js';
import { freeNodeSubnet } from './subnets.js';

const ARCHITECTURE = 'amd64';
const OPERATING_SYSTEM = 'linux';
const MAX_PODS = '110';
const DISK_BYTES = 40 * 2 ** 30;
const ETCD_VOTER = 'EtcdIsVoter';

/** Creates the node, or brings it up to date: labels and taints that others set stay. */
export function registerNode(cluster: Cluster, registration: NodeRegistration): void {
  const { name } = registration;
  if (cluster.store.at('nodes', name) === undefined) createNode(cluster, registration);
  change<Node>(cluster, 'nodes', name, (node) => {
    const { distribution } = cluster.options;
    const isPlain = hasNoProvider(distribution);
    const labels = isPlain ? plainLabels(registration) : labelsOf(registration, distribution);
    const annotations = isPlain ? PLAIN_ANNOTATIONS : annotationsOf(registration, distribution);
    node.metadata.labels = { ...node.metadata.labels, ...labels };
    node.metadata.annotations = { ...node.metadata.annotations, ...annotations };
    node.status = { ...node.status, ...statusOf(registration) };
    // Whoever is heard again is known again, ready or not: until then its pods do not run.
    const conditions = node.status.conditions ?? [];
    const isUnknown = conditions.some(({ type, status }) => type === 'Ready' && status === 'Unknown');
    if (isUnknown) setCondition(conditions, readyCondition(false, undefined), timestamp());
  });
  if (registration.etcd !== undefined) setEtcdVoter(cluster, name, registration.etcd === 'voter');
  ensure(cluster, 'leases.coordination.k8s.io', {
    metadata: { name, namespace: 'kube-node-lease' },
    spec: {
      holderIdentity: name,
      leaseDurationSeconds: 40,
      renewTime: `${new Date().toISOString().slice(0, -1)}000Z`,
    },
  });
}

/** @param reason of the Ready condition; `NodeStatusUnknown` makes its status Unknown. */
export function setNodeReady(cluster: Cluster, name: string, ready: boolean, reason?: string): void {
  const now = timestamp();
  change<Node>(cluster, 'nodes', name, ({ status }) => {
    const conditions: Condition[] = (status.conditions ??= []);
    setCondition(conditions, readyCondition(ready, reason), now);
  });
}

export function setEtcdVoter(cluster: Cluster, name: string, voter: boolean): void {
  const condition: Condition = voter
    ? {
        type: ETCD_VOTER,
        status: 'True',
        reason: 'MemberNotLearner',
        message: 'Node is a voting member of the etcd cluster',
      }
    : {
        type: ETCD_VOTER,
        status: 'False',
        reason: 'MemberIsLearner',
        message: 'Node has not been promoted to voting member of the etcd cluster',
      };
  change<Node>(cluster, 'nodes', name, ({ status }) => {
    setCondition((status.conditions ??= []), condition, timestamp());
  });
}

function createNode(cluster: Cluster, registration: NodeRegistration): void {
  const taken = new Set((cluster.store.list('nodes') as Node[]).map(({ spec }) => spec.podCIDR));
  const podCIDR = freeNodeSubnet(cluster, taken);
  const taints: Taint[] = registration.taints.map(({ key, value, effect }) => ({
    key,
    effect,
    ...(value && { value }),
  }));
  create(cluster, 'nodes', {
    metadata: { name: registration.name },
    spec: {
      podCIDR,
      podCIDRs: [podCIDR],
      ...(hasNoProvider(cluster.options.distribution)
        ? {}
        : { providerID: `${cluster.options.distribution}://${registration.name}` }),
      ...(taints.length > 0 ? { taints } : {}),
    },
    status: {
      conditions: [
        healthy('MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
        healthy('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        healthy('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
        { ...readyCondition(false, undefined), lastTransitionTime: timestamp() },
      ],
    },
  });
}

function healthy(type: string, reason: string, message: string): Condition {
  return { type, status: 'False', reason, message, lastTransitionTime: timestamp() };
}

function readyCondition(ready: boolean, reason: string | undefined): Condition {
  if (ready) {
    return {
      type: 'Ready',
      status: 'True',
      reason: reason ?? 'KubeletReady',
      message: 'kubelet is posting ready status',
    };
  }
  if (reason === 'NodeStatusUnknown') {
    return { type: 'Ready', status: 'Unknown', reason, message: 'Kubelet stopped posting node status.' };
  }
  const message = 'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady';
  return { type: 'Ready', status: 'False', reason: reason ?? 'KubeletNotReady', message };
}

function hasNoProvider(distribution: string): boolean {
  return distribution === 'kubeadm' || distribution === 'talos';
}

/** Where there is no cloud provider; roles are kubeadm's business. */
function plainLabels({ name, labels }: NodeRegistration): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': ARCHITECTURE,
    'beta.kubernetes.io/os': OPERATING_SYSTEM,
    'kubernetes.io/arch': ARCHITECTURE,
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': OPERATING_SYSTEM,
    ...labels,
  };
}

const PLAIN_ANNOTATIONS = {
  'kubeadm.alpha.kubernetes.io/cri-socket': 'unix:///run/containerd/containerd.sock',
  'node.alpha.kubernetes.io/ttl': '0',
  'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
};

function labelsOf({ name, labels, roles }: NodeRegistration, distribution: string): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': ARCHITECTURE,
    'beta.kubernetes.io/instance-type': distribution,
    'beta.kubernetes.io/os': OPERATING_SYSTEM,
    'kubernetes.io/arch': ARCHITECTURE,
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': OPERATING_SYSTEM,
    'node.kubernetes.io/instance-type': distribution,
    ...Object.fromEntries(roles.map((role) => [`node-role.kubernetes.io/${role}`, 'true'])),
    ...labels,
  };
}

function annotationsOf(
  { name, internalIp, etcd }: NodeRegistration,
  distribution: string,
): Record<string, string> {
  return {
    'alpha.kubernetes.io/provided-node-ip': internalIp,
    'flannel.alpha.coreos.com/backend-type': 'vxlan',
    'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
    'flannel.alpha.coreos.com/public-ip': internalIp,
    [`${distribution}.io/hostname`]: name,
    [`${distribution}.io/internal-ip`]: internalIp,
    'node.alpha.kubernetes.io/ttl': '0',
    ...(etcd === undefined
      ? {}
      : {
          [`etcd.${distribution}.cattle.io/node-address`]: internalIp,
          [`etcd.${distribution}.cattle.io/node-name`]: `${name}-${digest(name).slice(0, 8)}`,
        }),
  };
}

function statusOf({
  name,
  internalIp,
  version,
  osImage = 'Ubuntu 24.04.2 LTS',
  cores,
  memoryMiB,
}: NodeRegistration): Partial<Node['status']> {
  const capacity = {
    cpu: String(cores),
    'ephemeral-storage': `${DISK_BYTES / 2 ** 10}Ki`,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: `${memoryMiB * 2 ** 10}Ki`,
    pods: MAX_PODS,
  };
  return {
    addresses: [
      { type: 'InternalIP', address: internalIp },
      { type: 'Hostname', address: name },
    ],
    capacity,
    allocatable: capacity,
    daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
    nodeInfo: {
      architecture: ARCHITECTURE,
      bootID: uuidOf(`boot ${name}`),
      containerRuntimeVersion: 'containerd://1.7.23-k3s2',
      kernelVersion: '6.8.0-60-generic',
      kubeProxyVersion: version,
      kubeletVersion: version,
      machineID: digest(name).slice(0, 32),
      operatingSystem: OPERATING_SYSTEM,
      osImage,
      systemUUID: uuidOf(`system ${name}`),
    },
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The same for the same machine, as its firmware would tell. */
function uuidOf(text: string): string {
  return digest(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
