/** The part that servers and agents have in common: their node in the API. */
import { randomBytes } from 'node:crypto';
import type { NodeTaint } from '../../kubernetes/lab-kubernetes.js';
import { putFile, readText } from '../disk/root-files.js';
import type { GuestSystem } from '../system.js';
import type { RancherCluster } from './cluster.js';
import type { RancherConfiguration } from './configuration.js';
import { RancherFatal } from './fatal.js';

export interface NodeIdentity {
  readonly name: string;
  readonly address: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly NodeTaint[];
}

const WEB_PORT = 80;
const PASSWORD_FILE = '/etc/rancher/node/password';

/** @throws RancherFatal for a machine without an address and for labels or taints that are none. */
export function nodeIdentity(
  configuration: RancherConfiguration,
  system: GuestSystem,
  version: string,
): NodeIdentity {
  const hostname = (readText(system.disk, '/etc/hostname') ?? '').trim();
  const address = configuration.text('node-ip')?.split(',')[0] ?? system.interfaces.mainAddress();
  if (address === undefined)
    throw new RancherFatal('no default routes found in "/proc/net/route" or "/proc/net/ipv6_route"');
  if (!system.interfaces.addresses().includes(address)) {
    throw new RancherFatal(`failed to find interface with address ${address}`);
  }
  return {
    name: (configuration.text('node-name') ?? hostname).toLowerCase(),
    address,
    version,
    labels: Object.fromEntries(configuration.list('node-label').map(label)),
    taints: configuration.list('node-taint').map(taint),
  };
}

/** @returns whether the cluster knows the machine as the one that it knows under this name. */
export function presentNodePassword(
  { disk }: GuestSystem,
  cluster: RancherCluster,
  node: NodeIdentity,
): boolean {
  const existing = readText(disk, PASSWORD_FILE)?.trim();
  const password = existing ?? randomBytes(16).toString('hex');
  if (existing === undefined) putFile(disk, PASSWORD_FILE, `${password}\n`, { mode: 0o600 });
  return cluster.acceptsNodePassword(node.name, password);
}

export interface Registration {
  readonly node: NodeIdentity;
  readonly roles: readonly string[];
  readonly etcd?: 'learner' | 'voter';
}

/** Registers the node; it becomes Ready a while later, in the background, unless the signal comes first. */
export function runKubelet(
  system: GuestSystem,
  cluster: RancherCluster,
  { node, roles, etcd }: Registration,
  signal: AbortSignal,
): void {
  const { machine, latency } = system;
  const { plane } = cluster;
  const { name, address, version, labels, taints } = node;
  cluster.silence.end(name);
  plane.registerNode({
    name,
    internalIp: address,
    version,
    labels,
    taints,
    cores: machine.cores,
    memoryMiB: machine.memoryMiB,
    roles,
    ...(etcd === undefined ? {} : { etcd }),
  });
  cluster.noteRegistered(name);
  if (cluster.record.components.includes('servicelb')) servePorts(system, cluster, name, signal);
  if (!cluster.hasPodNetwork()) return;
  latency
    .wait('guest.node-ready', machine.name, signal)
    .then(() => {
      if (!signal.aborted && plane.nodeNames().includes(name)) plane.setNodeReady(name, true);
    })
    .catch(() => undefined);
}

/** For as long as the node runs. */
function servePorts(system: GuestSystem, { plane }: RancherCluster, name: string, signal: AbortSignal): void {
  if (signal.aborted) return;
  const close = system.listen(WEB_PORT, plane.serveIngress(name, WEB_PORT));
  signal.addEventListener('abort', close, { once: true });
}

function label(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 0) throw new RancherFatal(`invalid label ${text}, expected key=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function taint(text: string): NodeTaint {
  const [, key, value = '', effect] =
    /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text) ?? [];
  if (key === undefined || effect === undefined) throw new RancherFatal(`invalid taint spec: ${text}`);
  return { key, value, effect };
}
