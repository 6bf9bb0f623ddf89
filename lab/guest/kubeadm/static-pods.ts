/** The control plane's own pods: manifests that the kubelet of the machine runs without any API. */
import { parse } from 'yaml';
import type { DiskTree } from '../disk/disk-tree.js';
import { isThere, putFile, readText } from '../disk/root-files.js';
import { argumentsOf, type ClusterConfiguration } from './documents.js';
import { COMPONENTS, MANIFESTS } from './host.js';

interface Manifest {
  readonly spec: {
    readonly containers: readonly { readonly command: readonly string[] }[];
    readonly volumes: readonly { readonly hostPath: { readonly path: string } }[];
  };
}

export function writeComponents(disk: DiskTree, cluster: ClusterConfiguration, address: string): void {
  for (const name of COMPONENTS) {
    const extra = name === 'kube-apiserver' ? argumentsOf(cluster.apiServer?.extraArgs) : {};
    const folders = name === 'kube-apiserver' ? (cluster.apiServer?.extraVolumes ?? []) : [];
    const flags = { ...(name === 'kube-apiserver' ? { 'advertise-address': address } : {}), ...extra };
    write(disk, name, flags, ['/etc/kubernetes/pki', ...folders.map(({ hostPath }) => hostPath)]);
  }
}

export function writeEtcd(disk: DiskTree, node: string, address: string): void {
  const flags = { name: node, 'data-dir': '/var/lib/etcd', 'listen-client-urls': `https://${address}:2379` };
  write(disk, 'etcd', flags, ['/var/lib/etcd']);
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

function write(
  disk: DiskTree,
  name: string,
  flags: Readonly<Record<string, string>>,
  folders: readonly string[],
): void {
  const command = [name, ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)];
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'kube-system', labels: { component: name, tier: 'control-plane' } },
    spec: {
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      containers: [{ name, command }],
      volumes: folders.map((path) => ({ name: path.replaceAll('/', '-').slice(1), hostPath: { path } })),
    },
  };
  putFile(disk, `${MANIFESTS}/${name}.yaml`, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
}
