/** What the configuration files of K3s and RKE2 have in common: one flag of the program a line. */
import type { PlatformCluster, PlatformMachine } from '../platform.js';

export type Setting = readonly [key: string, value: string | boolean | readonly string[]];

/** JSON strings are YAML strings: nothing in a label or a name can break out of its quotes. */
export function settingsYaml(settings: readonly Setting[]): string {
  return settings.map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('');
}

/** Holds the placeholder of the join token, not the token. */
export function identitySettings(machine: PlatformMachine): Setting[] {
  return [
    ['token', '{{secret:join-token}}'],
    ['node-name', machine.name],
    ['node-ip', machine.address],
  ];
}

/** Labels and taints that the node registers with. */
export function markSettings(machine: PlatformMachine): Setting[] {
  const labels = Object.entries(machine.labels).map(([key, value]) => `${key}=${value}`);
  const taints = machine.taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`);
  return [
    ...(labels.length > 0 ? [['node-label', labels] as const] : []),
    ...(taints.length > 0 ? [['node-taint', taints] as const] : []),
  ];
}

/** Every name and address by which a server is reached: its certificate holds no other. */
export function certificateNames({ controlPlane, endpoint }: PlatformCluster): string[] {
  const own = controlPlane.flatMap(({ name, address }) => [address, name]);
  return endpoint.isBalanced ? [...new Set([...own, endpoint.address, ...endpoint.names])] : own;
}

/** Whether the default route leads out of the interface in the cluster's network, on all machines. */
export function hasPlainRouting({ definition }: PlatformCluster): boolean {
  const { network, nodeGroups } = definition;
  return network.egress === 'GATEWAY' && nodeGroups.every((group) => group.network.interfaces.length === 0);
}
