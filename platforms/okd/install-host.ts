/** The machine that OKD is installed from. */
import type { PlannedMachine } from '../../domain/plan.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';

/** A bastion where there is one, else the machine that serves network boot. */
export function isInstallHost(
  { services, nodeGroups }: Pick<ClusterDefinition, 'services' | 'nodeGroups'>,
  { role, group }: Pick<PlannedMachine, 'role' | 'group'>,
): boolean {
  if (nodeGroups.some((one) => one.role === 'BASTION' && one.count > 0)) return role === 'BASTION';
  const service = services.find(({ name }) => name === group);
  return role === 'SERVICE' && service?.type === 'PXE_BOOT';
}
