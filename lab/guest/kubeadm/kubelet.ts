/** `kubelet`: runs the machine's own pods, and its node in the API. */
import { once } from 'node:events';
import { CRI_SOCKET } from '../containerd/command.js';
import { isThere, readText } from '../disk/root-files.js';
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
import { BOOTSTRAP_CONF, hasSwap, KUBELET_CONF, KUBELET_CONFIG, minorOf, versionOf } from './host.js';
import { kubeletFlags, type KubeletFlags } from './kubelet-flags.js';
import { waitForPodNetwork } from './pod-network.js';
import { runStaticPods } from './run-static-pods.js';
import { apiServerVersion } from './static-pods.js';

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
      await Promise.all([runStaticPods(call, flags), runNode(call, flags, closers)]);
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
