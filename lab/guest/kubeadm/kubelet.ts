/** `kubelet`: runs the machine's own pods, and its node in the API. */
import { once } from 'node:events';
import { parse } from 'yaml';
import { CRI_SOCKET, usesSystemdCgroups } from '../containerd/command.js';
import { isThere, readText } from '../disk/root-files.js';
import { openGateway } from '../etcd/gateway.js';
import { registryObjects } from '../etcd/registry-keys.js';
import { snapshotFile } from '../etcd/snapshot-file.js';
import {
  failWith,
  succeed,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { clusterBehind } from './cluster-behind.js';
import type { KubeadmCluster } from './cluster.js';
import { KubeadmFailure } from './failure.js';
import {
  API_PORT,
  BOOTSTRAP_CONF,
  ETCD_DATA,
  hasSwap,
  KUBELET_CONF,
  KUBELET_CONFIG,
  MANIFESTS,
  minorOf,
  PKI,
  versionOf,
} from './host.js';
import { runKubeVip } from './kube-vip.js';
import { kubeletFlags, type KubeletFlags } from './kubelet-flags.js';
import { waitForPodNetwork } from './pod-network.js';
import { apiServerObjection, apiServerVersion } from './static-pods.js';

const KUBELET_PORT = 10_250;
const RETRY_MS = 1_000;
const AT_LEAST_MS = 25;
const SHORTEST_LIFE_MS = 500;

export const kubelet: GuestCommand = {
  name: 'kubelet',
  run: async (args, call) => {
    const { system, service, signal } = call;
    if (args.includes('--version')) return succeed(`Kubernetes ${versionOf(system.disk, 'kubelet')}\n`);
    const objection = startObjection(call);
    if (objection !== undefined) {
      const line = `"command failed" err="${objection}"`;
      service?.log(line);
      // It is started again and again until kubeadm has written its configuration.
      await system.pause(0, signal, SHORTEST_LIFE_MS).catch(() => undefined);
      return failWith(1, service === undefined ? line : '');
    }
    const flags = flagsOrFailure(call);
    if ('code' in flags) return flags;
    const closers = [system.listen(KUBELET_PORT, (socket) => void socket.end())];
    try {
      await Promise.all([runStaticPods(call, flags, closers), runNode(call, flags, closers)]);
      if (!signal.aborted) await once(signal, 'abort');
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      for (const close of closers.toReversed()) close();
    }
    return { code: 0 };
  },
};

function flagsOrFailure({ system, service }: CommandCall): KubeletFlags | Outcome {
  try {
    return kubeletFlags(system);
  } catch (error) {
    if (!(error instanceof KubeadmFailure)) throw error;
    service?.log(`"command failed" err="${error.message}"`);
    return failWith(1, '');
  }
}

function startObjection({ system: { disk } }: CommandCall): string | undefined {
  const text = readText(disk, KUBELET_CONFIG);
  if (text === undefined)
    return `failed to load kubelet config file, path: ${KUBELET_CONFIG}, error: failed to load Kubelet config file ${KUBELET_CONFIG}, error failed to read kubelet config file "${KUBELET_CONFIG}", error: open ${KUBELET_CONFIG}: no such file or directory`;
  if (hasSwap(disk))
    return 'failed to run Kubelet: running with swap on is not supported, please disable swap or set --fail-swap-on flag to false';
  if (!isThere(disk, CRI_SOCKET))
    return `failed to run Kubelet: validate service connection: validate CRI v1 runtime API for endpoint "unix://${CRI_SOCKET}": dial unix ${CRI_SOCKET}: connect: no such file or directory`;
  return undefined;
}

/** etcd first, then the API server on it. */
async function runStaticPods(call: CommandCall, flags: KubeletFlags, closers: (() => void)[]): Promise<void> {
  const { system, signal, service } = call;
  const { disk } = system;
  const id = readText(disk, ETCD_DATA)?.trim();
  if (id === undefined || !isThere(disk, `${MANIFESTS}/etcd.yaml`)) return;
  const cluster = await system.kubeadmClusters.find(id);
  if (cluster?.etcd.of(flags.name)?.diskId !== system.machine.diskId) {
    service?.log('etcd: the member has been permanently removed from the cluster');
    return;
  }
  const { cgroupDriver = 'systemd' } = parse(readText(disk, KUBELET_CONFIG) ?? '{}') as {
    cgroupDriver?: string;
  };
  if ((cgroupDriver === 'systemd') !== usesSystemdCgroups(disk)) {
    service?.log(
      '"Error syncing pod, skipping" err="back-off restarting failed container: the cgroup drivers differ"',
    );
    return;
  }
  await system.latency.wait('guest.static-pods', system.machine.name, signal);
  const pods: (() => void)[] = [];
  const end = (): void => {
    for (const close of pods.splice(0).toReversed()) close();
  };
  closers.push(end);
  // etcd ends with its member, and the API server cannot do without.
  closers.push(cluster.etcd.api.onRemoved(flags.name, end));
  cluster.etcd.up(flags.name);
  pods.push(() => cluster.etcd.down(flags.name));
  pods.push(await openEtcd(call, cluster, flags));
  await cluster.etcd.whenQuorum(signal);
  const objection = apiServerObjection(disk);
  if (objection !== undefined) {
    service?.log(
      `"Error syncing pod, skipping" err="back-off restarting failed container=kube-apiserver: ${objection}"`,
    );
    return;
  }
  const names = [flags.name, flags.address, ...cluster.record.certSans];
  pods.push(system.listen(API_PORT, cluster.plane.serve([...new Set(names)])));
  pods.push(
    system.kubeadmClusters.apiServers.announce([...system.interfaces.addresses()], API_PORT, cluster),
  );
  await runKubeVip(call, cluster);
}

/** With the authority on the disk, which has to be there for it. */
function openEtcd(
  { system }: CommandCall,
  cluster: KubeadmCluster,
  { name }: KubeletFlags,
): Promise<() => void> {
  const folder = `${PKI}/etcd`;
  const [certificate = '', privateKey = ''] = ['ca.crt', 'ca.key'].map((file) =>
    readText(system.disk, `${folder}/${file}`),
  );
  return openGateway(system, {
    etcd: cluster.etcd.api,
    snapshot: () => snapshotFile(cluster.plane.snapshot()),
    keys: () => [...registryObjects(cluster.plane.snapshot().content).keys()],
    node: name,
    authority: { certificate, privateKey },
    files: {
      authority: `${folder}/ca.crt`,
      certificate: `${folder}/healthcheck-client.crt`,
      key: `${folder}/healthcheck-client.key`,
    },
  });
}

async function runNode(call: CommandCall, flags: KubeletFlags, closers: (() => void)[]): Promise<void> {
  const { system, signal, service } = call;
  const { machine, disk, latency } = system;
  if (!isThere(disk, KUBELET_CONF) && !isThere(disk, BOOTSTRAP_CONF)) return;
  const cluster = await findCluster(call);
  const { plane } = cluster;
  const { name, address, labels, taints } = flags;
  await cluster.etcd.whenQuorum(signal);
  const objection = skewObjection(call, cluster);
  if (objection !== undefined) {
    service?.log(objection);
    return;
  }
  cluster.silence.end(name);
  closers.push(() => cluster.silence.begin(name));
  plane.registerNode({
    ...{ name, labels, taints, roles: [] },
    internalIp: address,
    version: versionOf(disk, 'kubelet'),
    cores: machine.cores,
    memoryMiB: machine.memoryMiB,
  });
  await waitForPodNetwork(call, plane, name);
  await latency.wait('guest.node-ready', machine.name, signal);
  if (!signal.aborted && plane.nodeNames().includes(name)) plane.setNodeReady(name, true);
}

/** The API server of its kubeconfig, as soon as one answers there that the same authority has signed. */
async function findCluster({ system, signal }: CommandCall): Promise<KubeadmCluster> {
  for (;;) {
    const found = clusterBehind(system);
    if (found !== undefined) return found.cluster;
    await system.pause(RETRY_MS, signal, AT_LEAST_MS);
  }
}

/** Of a machine of the control plane it is the API server on it; kubelets must not be newer. */
function skewObjection({ system: { disk } }: CommandCall, { record }: KubeadmCluster): string | undefined {
  const own = versionOf(disk, 'kubelet');
  const server = apiServerVersion(disk) ?? record.version;
  return minorOf(own) <= minorOf(server)
    ? undefined
    : `"Unable to register node with API server" err="kubelet ${own} is newer than the API server ${server}"`;
}
