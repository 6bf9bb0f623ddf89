/** What kubeadm looks at before it begins (https://kubernetes.io/docs/reference/setup-tools/kubeadm/implementation-details). */
import { CRI_SOCKET } from '../containerd/command.js';
import { isThere, listNames, readText } from '../disk/root-files.js';
import type { GuestSystem } from '../system.js';
import { phaseFailure } from './failure.js';
import {
  BOOTSTRAP_CONF,
  COMPONENTS,
  ETCD_FOLDER,
  hasBridgeFilter,
  hasSwap,
  KUBELET_CONF,
  MANIFESTS,
  minorOf,
  PKI,
  versionOf,
} from './host.js';

export type Purpose = 'init' | 'join-worker' | 'join-control-plane';

const CONTROL_PLANE_PORTS = [6_443, 10_259, 10_257, 2_379, 2_380];
const KUBELET_PORT = 10_250;
const LEAST_CORES = 2;
const LEAST_MEMORY_MIB = 1_700;
/** From here on only the network that needs it asks for the bridge's setting. */
const NO_BRIDGE_CHECK_SINCE = 30;

/** @throws KubeadmFailure with all that is wrong at once. */
export function preflight(system: GuestSystem, purpose: Purpose): void {
  const errors = [...machineErrors(system, purpose), ...leftoverErrors(system, purpose)];
  if (errors.length === 0) return;
  throw phaseFailure(
    'preflight',
    `[preflight] Some fatal errors occurred:\n${errors.map((line) => `\t[ERROR ${line}\n`).join('')}` +
      '[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`',
  );
}

function machineErrors(system: GuestSystem, purpose: Purpose): string[] {
  const { disk, machine } = system;
  const errors: string[] = [];
  const isControlPlane = purpose !== 'join-worker';
  if (isControlPlane && machine.cores < LEAST_CORES)
    errors.push(
      `NumCPU]: the number of available CPUs ${machine.cores} is less than the required ${LEAST_CORES}`,
    );
  if (isControlPlane && machine.memoryMiB < LEAST_MEMORY_MIB)
    errors.push(
      `Mem]: the system RAM (${machine.memoryMiB} MB) is less than the minimum ${LEAST_MEMORY_MIB} MB`,
    );
  if (hasSwap(disk)) errors.push('Swap]: running with swap on is not supported. Please disable swap');
  if (!isThere(disk, CRI_SOCKET))
    errors.push(
      `CRI]: container runtime is not running: output: time="" level=fatal msg="validate service connection: dial unix ${CRI_SOCKET}: connect: no such file or directory", error: exit status 1`,
    );
  if (!hasBridgeFilter(disk) && minorOf(versionOf(disk, 'kubeadm')) < NO_BRIDGE_CHECK_SINCE)
    errors.push(
      'FileContent--proc-sys-net-bridge-bridge-nf-call-iptables]: /proc/sys/net/bridge/bridge-nf-call-iptables does not exist',
    );
  if (readText(disk, '/proc/sys/net/ipv4/ip_forward')?.trim() !== '1')
    errors.push(
      'FileContent--proc-sys-net-ipv4-ip_forward]: /proc/sys/net/ipv4/ip_forward contents are not set to 1',
    );
  return [...errors, ...portErrors(system.openPorts(), isControlPlane)];
}

function portErrors(open: readonly number[], isControlPlane: boolean): string[] {
  const wanted = [...(isControlPlane ? CONTROL_PLANE_PORTS : []), KUBELET_PORT];
  return wanted.filter((port) => open.includes(port)).map((port) => `Port-${port}]: Port ${port} is in use`);
}

function leftoverErrors({ disk }: GuestSystem, purpose: Purpose): string[] {
  const files =
    purpose === 'init'
      ? [...COMPONENTS, 'etcd'].map((name) => `${MANIFESTS}/${name}.yaml`)
      : [KUBELET_CONF, BOOTSTRAP_CONF, ...(purpose === 'join-worker' ? [`${PKI}/ca.crt`] : [])];
  const dashed = (path: string): string => path.replaceAll('/', '-');
  const errors = files
    .filter((path) => isThere(disk, path))
    .map((path) => `FileAvailable-${dashed(path)}]: ${path} already exists`);
  const folders = [
    ...(purpose === 'init' ? [] : [MANIFESTS]),
    ...(purpose === 'join-worker' ? [] : [ETCD_FOLDER]),
  ];
  const full = folders.filter((path) => listNames(disk, path).length > 0);
  return [...errors, ...full.map((path) => `DirAvailable-${dashed(path)}]: ${path} is not empty`)];
}
