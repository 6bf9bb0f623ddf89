/** What the distributions are told of machines and cluster. */
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import type { PlannedMachine } from '../domain/plan.js';
import type { PlatformCluster, PlatformMachine } from './platform.js';

/** Settings of the service that a run depends on. */
export interface ServiceSettings {
  readonly vmidRange: { readonly from: number; readonly to: number };
  readonly isoStorage: string;
  /** Where disk images are downloaded to. */
  readonly importStorage: string;
  readonly k3sInstallUrl: string;
  /** Where machines reach the boot service, such as `http://10.1.107.2:8090`; `null` when there is none. */
  readonly bootUrl: string | null;
}

export function platformMachine(machine: PlannedMachine): PlatformMachine {
  const { name, role, labels, taints } = machine;
  return { name, role, labels, taints, address: machine.network.address };
}

export function platformCluster(
  definition: ClusterDefinition,
  machines: readonly PlannedMachine[],
  settings: Pick<ServiceSettings, 'k3sInstallUrl'>,
): PlatformCluster {
  const controlPlane = machines.filter(({ role }) => role === 'CONTROL_PLANE').map(platformMachine);
  return { definition, controlPlane, k3sInstallUrl: settings.k3sInstallUrl };
}
