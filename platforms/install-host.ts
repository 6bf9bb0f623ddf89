/** The machine that a distribution's install programme works on, where it has one. */
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import type { PlannedMachine } from '../domain/plan.js';

/** A bastion where there is one, else the machine that serves network boot. */
export function isInstallHost(
  { services, nodeGroups }: Pick<ClusterDefinition, 'services' | 'nodeGroups'>,
  { role, group }: Pick<PlannedMachine, 'role' | 'group'>,
): boolean {
  if (nodeGroups.some((one) => one.role === 'BASTION' && one.count > 0)) return role === 'BASTION';
  const service = services.find(({ name }) => name === group);
  return role === 'SERVICE' && service?.type === 'PXE_BOOT';
}
