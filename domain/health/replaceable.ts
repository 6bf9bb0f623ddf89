/** Whether another machine can take the place of one, told by the definition and the plan alone. */
import type { ClusterDefinition } from '../cluster-definition.js';
import type { Plan } from '../plan.js';
import { isNode } from '../plan-steps.js';
import { apiEndpoint } from '../services/api-endpoint.js';

type Planned = Pick<Plan, 'machines' | 'virtualAddresses'>;

/** @returns why not; `null` when it can. */
export function replaceObjection(definition: ClusterDefinition, plan: Planned, name: string): string | null {
  const machine = plan.machines.find((one) => one.name === name);
  if (machine === undefined) return `${name} is no machine of the cluster`;
  if (!isNode(machine) || machine.role === 'BOOTSTRAP') {
    return `${name} serves the other machines, and is not replaced by itself`;
  }
  if (machine.role !== 'CONTROL_PLANE') return null;
  if (definition.type === 'OKD') return 'the control plane of OKD is not replaced by itself';
  const controlPlane = plan.machines.filter((one) => one.role === 'CONTROL_PLANE');
  if (controlPlane.length === 1) return `${name} is the only control-plane machine: restore it from a backup`;
  if (controlPlane[0]?.name === name && !apiEndpoint(definition, plan).isBalanced) {
    return `without a load balancer the others know the cluster by the address of ${name}`;
  }
  return null;
}
