/** The machine as kubeadm and the kubelet find it. */
import { installedPackages } from '../disk/packages.js';
import type { DiskTree } from '../disk/disk-tree.js';
import { isThere, readText } from '../disk/root-files.js';
import type { GuestSystem } from '../system.js';
import { KubeadmFailure } from './failure.js';

export const KUBERNETES = '/etc/kubernetes';
export const PKI = `${KUBERNETES}/pki`;
export const MANIFESTS = `${KUBERNETES}/manifests`;
export const ADMIN_CONF = `${KUBERNETES}/admin.conf`;
/** Only where the cluster was formed. */
export const SUPER_ADMIN_CONF = `${KUBERNETES}/super-admin.conf`;
/** From this minor release on `admin.conf` has rights only by a binding of its group. */
export const SUPER_ADMIN_SINCE = 29;
export const ADMINISTRATORS = 'kubeadm:cluster-admins';
export const KUBELET_CONF = `${KUBERNETES}/kubelet.conf`;
export const BOOTSTRAP_CONF = `${KUBERNETES}/bootstrap-kubelet.conf`;
export const KUBELET_FOLDER = '/var/lib/kubelet';
export const KUBELET_CONFIG = `${KUBELET_FOLDER}/config.yaml`;
export const KUBELET_FLAGS = `${KUBELET_FOLDER}/kubeadm-flags.env`;
export const ETCD_FOLDER = '/var/lib/etcd';
/** Stands for the data: names the cluster that the disk holds a part of. */
export const ETCD_DATA = `${ETCD_FOLDER}/member/cluster-id`;
export const API_PORT = 6_443;
export const COMPONENTS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/** Of a package of the release, as the program says it: `v1.32.0`. */
export function versionOf(disk: DiskTree, name: 'kubeadm' | 'kubelet'): string {
  const found = installedPackages(disk).find((each) => each.name === name)?.version ?? '1.0.0-0';
  return `v${found.replace(/-.*$/, '')}`;
}

export function minorOf(version: string): number {
  return Number(/^v1\.(\d+)\./.exec(version)?.[1] ?? Number.NaN);
}

export function nodeName({ disk }: GuestSystem, configured: string | undefined): string {
  return (configured ?? readText(disk, '/etc/hostname') ?? 'localhost').trim().toLowerCase();
}

export function hasSwap(disk: DiskTree): boolean {
  return (readText(disk, '/proc/swaps') ?? '').trim().split('\n').length > 1;
}

export function hasBridgeFilter(disk: DiskTree): boolean {
  return isThere(disk, '/proc/sys/net/bridge/bridge-nf-call-iptables');
}

/** @throws KubeadmFailure */
export function fileText(disk: DiskTree, path: string): string {
  const text = readText(disk, path);
  if (text === undefined) throw new KubeadmFailure(`open ${path}: no such file or directory`);
  return text;
}

/** `10.1.107.9:6443`, `[fd00::9]:6443`, `api.example.org` */
export function splitEndpoint(endpoint: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(endpoint) ?? [];
  return { host: bracketed ?? plain ?? endpoint, port: Number(port ?? API_PORT) };
}
