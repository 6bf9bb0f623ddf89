/** The machine's own pods of the control plane: etcd first, then the API server on it. */
import { parse } from 'yaml';
import { usesSystemdCgroups } from '../containerd/command.js';
import { isThere, readText } from '../disk/root-files.js';
import { openGateway } from '../etcd/gateway.js';
import { registryObjects } from '../etcd/registry-keys.js';
import type { CommandCall } from '../shell/guest-command.js';
import type { KubeadmCluster } from './cluster.js';
import { API_PORT, ETCD_DATA, KUBELET_CONFIG, MANIFESTS, PKI } from './host.js';
import { runKubeVip } from './kube-vip.js';
import type { KubeletFlags } from './kubelet-flags.js';
import { apiServerObjection } from './static-pods.js';

/**
 * What an earlier start of the kubelet has left gives way. What this one starts goes on when the kubelet ends. Rejects with
 * the signal's reason.
 */
export async function runStaticPods(call: CommandCall, flags: KubeletFlags): Promise<void> {
  call.system.containers.endAll();
  const cluster = await startMissing(call, flags);
  if (cluster === undefined) return;
  await Promise.all([runKubeVip(call, cluster), keepUp(call, flags)]);
}

/** Whatever somebody stops comes back, in another container. */
async function keepUp(call: CommandCall, flags: KubeletFlags): Promise<void> {
  for (;;) {
    const stopped = call.system.containers.whenStopped(call.signal);
    // It is waited for below; what comes first may throw.
    stopped.catch(() => undefined);
    await startMissing(call, flags);
    await stopped;
  }
}

/** @returns `undefined` where there is no API server. */
async function startMissing(call: CommandCall, flags: KubeletFlags): Promise<KubeadmCluster | undefined> {
  const { system, signal, service } = call;
  const { disk, containers, machine, latency } = system;
  const cluster = await clusterOnDisk(call, flags);
  if (cluster === undefined) return undefined;
  const isRunning = (name: string): boolean => containers.list().some((each) => each.name === name);
  if (!isRunning('etcd')) {
    await latency.wait('guest.static-pods', machine.name, signal);
    await startEtcd(call, cluster, flags);
  }
  await cluster.etcd.whenQuorum(signal);
  const objection = apiServerObjection(disk);
  if (objection !== undefined) {
    service?.log(
      `"Error syncing pod, skipping" err="back-off restarting failed container=kube-apiserver: ${objection}"`,
    );
    return undefined;
  }
  signal.throwIfAborted();
  if (!isRunning('kube-apiserver')) startApiServer(call, cluster, flags);
  for (const name of ['kube-controller-manager', 'kube-scheduler'])
    if (!isRunning(name)) containers.start(name, () => undefined);
  return cluster;
}

async function startEtcd(call: CommandCall, cluster: KubeadmCluster, flags: KubeletFlags): Promise<void> {
  const { containers } = call.system;
  const close = await openEtcd(call, cluster, flags);
  // etcd ends with its member, and the API server cannot do without.
  const forget = cluster.etcd.api.onRemoved(flags.name, () => containers.endAll());
  containers.start('etcd', () => {
    forget();
    close();
    cluster.etcd.down(flags.name);
  });
  cluster.etcd.up(flags.name);
  // The power may have gone meanwhile, with all that ran then.
  if (call.system.power.aborted) containers.endAll();
}

function startApiServer({ system }: CommandCall, cluster: KubeadmCluster, flags: KubeletFlags): void {
  const names = [flags.name, flags.address, ...cluster.record.certSans];
  const close = system.listen(API_PORT, cluster.plane.serve([...new Set(names)]));
  const servers = system.kubeadmClusters.apiServers;
  const withdraw = servers.announce([...system.interfaces.addresses()], API_PORT, cluster);
  system.containers.start('kube-apiserver', () => {
    withdraw();
    close();
  });
}

async function clusterOnDisk(
  { system, service }: CommandCall,
  { name }: KubeletFlags,
): Promise<KubeadmCluster | undefined> {
  const { disk } = system;
  const id = readText(disk, ETCD_DATA)?.trim();
  if (id === undefined || !isThere(disk, `${MANIFESTS}/etcd.yaml`)) return undefined;
  const cluster = await system.kubeadmClusters.find(id);
  if (cluster?.etcd.of(name)?.diskId !== system.machine.diskId) {
    service?.log('etcd: the member has been permanently removed from the cluster');
    return undefined;
  }
  const { cgroupDriver = 'systemd' } = parse(readText(disk, KUBELET_CONFIG) ?? '{}') as {
    cgroupDriver?: string;
  };
  if ((cgroupDriver === 'systemd') === usesSystemdCgroups(disk)) return cluster;
  service?.log(
    '"Error syncing pod, skipping" err="back-off restarting failed container: the cgroup drivers differ"',
  );
  return undefined;
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
    snapshot: () => system.kubeadmClusters.snapshot(cluster),
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
