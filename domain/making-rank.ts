/** Which machines of a cluster are made first where not all can be made at once. */
import type { MachineRole } from './cluster-definition.js';
import type { PlannedMachine } from './plan.js';

const ROLES: Readonly<Record<MachineRole, number>> = {
  BASTION: 0,
  BOOTSTRAP: 1,
  SERVICE: 2,
  CONTROL_PLANE: 3,
  INFRA: 4,
  WORKER: 4,
};
/** More than a group has machines. */
const STRIDE = 100_000;

/**
 * The lower, the earlier: those that others wait for, and of these what has most to do before it is of use. That is the
 * machine that forms the cluster: a Kubernetes node takes longer to install than a service that it needs.
 */
export function makingRank({ role, ordinal }: Pick<PlannedMachine, 'role' | 'ordinal'>): number {
  const forms = role === 'CONTROL_PLANE' && ordinal === 1;
  return ROLES[forms ? 'BOOTSTRAP' : role] * STRIDE + ordinal;
}
