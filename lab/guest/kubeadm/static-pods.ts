/** The control plane's own pods: manifests that the kubelet of the machine runs without any API. */
import { parse } from 'yaml';
import type { DiskTree } from '../disk/disk-tree.js';
import { isThere, putFile, readText } from '../disk/root-files.js';
import { argumentsOf, type ClusterConfiguration } from './documents.js';
import { COMPONENTS, MANIFESTS } from './host.js';

interface Manifest {
  readonly spec: {
    readonly containers: readonly { readonly command: readonly string[]; readonly image: string }[];
    readonly volumes: readonly { readonly hostPath: { readonly path: string } }[];
  };
}

const REPOSITORY = 'registry.k8s.io';
/** https://github.com/kubernetes/kubernetes/blob/master/cmd/kubeadm/app/constants/constants.go */
const ETCD_TAG = '3.5.21-0';
const COREDNS_TAG = 'v1.11.3';
const PAUSE_TAG = '3.10';

/** @param version of the components: `v1.32.0`. */
export function writeComponents(
  disk: DiskTree,
  cluster: ClusterConfiguration,
  { address, version }: { readonly address: string; readonly version: string },
): void {
  for (const name of COMPONENTS) {
    const extra = name === 'kube-apiserver' ? argumentsOf(cluster.apiServer?.extraArgs) : {};
    const folders = name === 'kube-apiserver' ? (cluster.apiServer?.extraVolumes ?? []) : [];
    const flags = { ...(name === 'kube-apiserver' ? { 'advertise-address': address } : {}), ...extra };
    const image = `${cluster.imageRepository ?? REPOSITORY}/${name}:${version}`;
    const mounted = ['/etc/kubernetes/pki', ...folders.map(({ hostPath }) => hostPath)];
    write(disk, { name, image, flags, folders: mounted });
  }
}

export function writeEtcd(disk: DiskTree, node: string, address: string): void {
  const flags = { name: node, 'data-dir': '/var/lib/etcd', 'listen-client-urls': `https://${address}:2379` };
  write(disk, { name: 'etcd', image: `${REPOSITORY}/etcd:${ETCD_TAG}`, flags, folders: ['/var/lib/etcd'] });
}

/** What `kubeadm config images list` says. @param version of the components: `v1.32.0`. */
export function imagesOf(cluster: ClusterConfiguration, version: string): string[] {
  const repository = cluster.imageRepository ?? REPOSITORY;
  // Of its own registry only it has a name of two parts.
  const coredns = repository === REPOSITORY ? 'coredns/coredns' : 'coredns';
  return [
    ...[...COMPONENTS, 'kube-proxy'].map((name) => `${repository}/${name}:${version}`),
    ...[`${repository}/${coredns}:${COREDNS_TAG}`, `${repository}/pause:${PAUSE_TAG}`],
    `${repository}/etcd:${ETCD_TAG}`,
  ];
}

/** @returns `undefined` on a machine without one. */
export function apiServerVersion(disk: DiskTree): string | undefined {
  return apiServer(disk)?.image.replace(/^.*:/, '');
}

/** Where the API server of the machine is reached. */
export function advertisedAddress(disk: DiskTree): string {
  const flag = '--advertise-address=';
  return (
    apiServer(disk)
      ?.command.find((word) => word.startsWith(flag))
      ?.slice(flag.length) ?? ''
  );
}

function apiServer(disk: DiskTree): Manifest['spec']['containers'][number] | undefined {
  const text = readText(disk, `${MANIFESTS}/kube-apiserver.yaml`);
  return text === undefined ? undefined : (parse(text) as Manifest).spec.containers[0];
}

/** Why the API server does not stay up; `undefined`: it does. */
export function apiServerObjection(disk: DiskTree): string | undefined {
  const text = readText(disk, `${MANIFESTS}/kube-apiserver.yaml`);
  if (text === undefined) return 'it has no manifest';
  const { spec } = parse(text) as Manifest;
  const flag = '--encryption-provider-config=';
  const given = spec.containers[0]?.command.find((word) => word.startsWith(flag));
  if (given === undefined) return undefined;
  const path = given.slice(flag.length);
  const isMounted = spec.volumes.some(({ hostPath }) => path.startsWith(`${hostPath.path}/`));
  if (!isMounted || !isThere(disk, path))
    return `error reading encryption provider configuration file "${path}": open ${path}: no such file or directory`;
  return keyObjection(readText(disk, path) ?? '');
}

/** The keys of secretbox are 32 bytes long. */
function keyObjection(text: string): string | undefined {
  const { kind, resources = [] } = parse(text) as {
    kind?: string;
    resources?: { providers: { secretbox?: { keys: { secret: string }[] } }[] }[];
  };
  if (kind !== 'EncryptionConfiguration') return 'error decoding encryption provider configuration: no kind';
  const keys = resources.flatMap(({ providers }) => providers.flatMap((each) => each.secretbox?.keys ?? []));
  const isWrong = keys.some(({ secret }) => Buffer.from(secret, 'base64').length !== 32);
  return isWrong
    ? 'error decoding encryption provider configuration: expected key size 32 for secretbox provider'
    : undefined;
}

interface StaticPod {
  readonly name: string;
  readonly image: string;
  readonly flags: Readonly<Record<string, string>>;
  readonly folders: readonly string[];
}

function write(disk: DiskTree, { name, image, flags, folders }: StaticPod): void {
  const command = [name, ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)];
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'kube-system', labels: { component: name, tier: 'control-plane' } },
    spec: {
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      containers: [{ name, command, image }],
      volumes: folders.map((path) => ({ name: path.replaceAll('/', '-').slice(1), hostPath: { path } })),
    },
  };
  putFile(disk, `${MANIFESTS}/${name}.yaml`, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
}
