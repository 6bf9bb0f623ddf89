/** What the distributions are told of machines and cluster. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { PlannedMachine } from '../../domain/plan.js';
import type { PlatformCluster, PlatformMachine } from '../../platforms/platform.js';

/** Settings of the service that a run depends on. */
export interface ServiceSettings {
  readonly vmidRange: { readonly from: number; readonly to: number };
  readonly isoStorage: string;
  readonly k3sInstallUrl: string;
}

export function platformMachine(machine: PlannedMachine): PlatformMachine {
  const { name, role, labels, taints } = machine;
  return { name, role, labels, taints, address: machine.network.address };
}

export function platformCluster(
  definition: ClusterDefinition,
  machines: readonly PlannedMachine[],
  settings: ServiceSettings,
): PlatformCluster {
  const controlPlane = machines.filter(({ role }) => role === 'CONTROL_PLANE').map(platformMachine);
  return { definition, controlPlane, k3sInstallUrl: settings.k3sInstallUrl };
}
