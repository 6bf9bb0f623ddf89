/** How a machine names itself to the cluster. */
import type { PlatformCluster, PlatformMachine } from '../platform.js';
import { configurationFormat, type Release } from './release.js';

const CRI_SOCKET = 'unix:///run/containerd/containerd.sock';
const CONTROL_PLANE_TAINT = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' } as const;

interface Argument {
  readonly name: string;
  readonly value: string;
}

export function nodeRegistration(
  machine: PlatformMachine,
  cluster: PlatformCluster,
  release: Release,
): Readonly<Record<string, unknown>> {
  const labels = Object.entries(machine.labels).map(([key, value]) => `${key}=${value}`);
  return {
    name: machine.name,
    criSocket: CRI_SOCKET,
    // Always given: what is left out means kubeadm's own choice.
    taints: taintsOf(machine, cluster),
    kubeletExtraArgs: extraArguments(release, [
      { name: 'node-ip', value: machine.address },
      ...(labels.length > 0 ? [{ name: 'node-labels', value: labels.join(',') }] : []),
    ]),
  };
}

/** A list since v1beta4, a map before. */
export function extraArguments(release: Release, given: readonly Argument[]): unknown {
  return configurationFormat(release) === 'v1beta4'
    ? given
    : Object.fromEntries(given.map(({ name, value }) => [name, value]));
}

/** Control-plane machines take workloads only where there is nobody else to take them. */
function taintsOf({ role, taints }: PlatformMachine, { nodes }: PlatformCluster): unknown[] {
  const isReserved = role === 'CONTROL_PLANE' && nodes.some((node) => node.role !== 'CONTROL_PLANE');
  const own = taints.map(({ key, value, effect }) => ({ key, effect, ...(value === '' ? {} : { value }) }));
  return isReserved ? [CONTROL_PLANE_TAINT, ...own] : own;
}
