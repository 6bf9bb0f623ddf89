/** What the steps of machines that serve others are planned from. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { MachineIdentity } from '../../domain/machine.js';
import type { Plan } from '../../domain/plan.js';

export interface ServiceRequest {
  readonly definition: ClusterDefinition;
  readonly plan: Plan;
  readonly identities: readonly MachineIdentity[];
  readonly bootUrl: string | null;
}
