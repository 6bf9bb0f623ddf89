/** The cluster that the kubeconfig of a machine's kubelet leads to. */
import { parse } from 'yaml';
import { readText } from '../disk/root-files.js';
import type { GuestSystem } from '../system.js';
import type { KubeadmCluster } from './cluster.js';
import { BOOTSTRAP_CONF, KUBELET_CONF } from './host.js';

export interface ClusterBehind {
  readonly cluster: KubeadmCluster;
  /** As the kubeconfig has it: `https://10.1.107.9:6443`. */
  readonly server: string;
}

/** @returns `undefined` while nobody answers there whom the same authority has signed. */
export function clusterBehind(system: GuestSystem): ClusterBehind | undefined {
  const { disk } = system;
  const text = readText(disk, KUBELET_CONF) ?? readText(disk, BOOTSTRAP_CONF) ?? '{}';
  const { clusters } = parse(text) as { clusters?: { cluster: Readonly<Record<string, string>> }[] };
  const { server = 'https://127.0.0.1', 'certificate-authority-data': authority = '' } =
    clusters?.[0]?.cluster ?? {};
  const url = new URL(server);
  const traced = system.trace(url.hostname.replace(/^\[|\]$/g, ''), Number(url.port || 443));
  const cluster = system.kubeadmClusters.apiServers.behind(traced);
  const certificate = Buffer.from(authority, 'base64').toString();
  return cluster?.record.authority.certificate === certificate ? { cluster, server } : undefined;
}
