/** What the distributions are told of machines and cluster. */
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import type { Plan, PlannedMachine } from '../domain/plan.js';
import { isNode } from '../domain/plan-steps.js';
import type { MachineDefaults } from '../domain/planning/machine-defaults.js';
import { apiEndpoint } from '../domain/services/api-endpoint.js';
import type { PlatformCluster, PlatformMachine } from './platform.js';

/** Settings of the service that a run depends on. */
export interface ServiceSettings extends MachineDefaults {
  readonly vmidRange: { readonly from: number; readonly to: number };
  readonly isoStorage: string;
  /** Where disk images are downloaded to. */
  readonly importStorage: string;
  readonly k3sInstallUrl: string;
  readonly rke2InstallUrl: string;
  /** Packages of Kubernetes for VANILLA; below it is one repository for each minor version. */
  readonly kubernetesPackagesUrl: string;
  /** Of kube-vip, with its tag or digest. */
  readonly kubeVipImage: string;
  /** Where VANILLA gets Calico from; left out, its own release of it. */
  readonly calicoManifest?: { readonly url: string; readonly sha256: string };
  /** Where machines reach the boot service, such as `http://10.1.107.2:8090`; `null` when there is none. */
  readonly bootUrl: string | null;
}

export function platformMachine(machine: PlannedMachine): PlatformMachine {
  const { name, role, labels, taints } = machine;
  return { name, role, labels, taints, address: machine.network.address };
}

export function platformCluster(
  definition: ClusterDefinition,
  plan: Pick<Plan, 'machines' | 'virtualAddresses'>,
  settings: ServiceSettings,
): PlatformCluster {
  const nodes = plan.machines.filter(isNode).map(platformMachine);
  const controlPlane = nodes.filter(({ role }) => role === 'CONTROL_PLANE');
  return { definition, controlPlane, nodes, endpoint: apiEndpoint(definition, plan), settings };
}
