/** Observes what the planner needs, and plans. Used to show a plan and, anew, to carry one out. */
import { patched, type ActivityOptions } from '@temporalio/workflow';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Plan } from '../../domain/plan.js';
import type { ServiceSettings } from '../../platforms/platform-input.js';
import type { ObservedCapacity } from '../../store/store.js';
import { planning, proxmox } from './activities.js';
import { planInWorkflow } from './plan-in-workflow.js';

export interface MadePlan {
  readonly plan: Plan;
  readonly settings: ServiceSettings;
  readonly vmidsInUse: readonly number[];
  /** `null`: the plan was made before memory was held against it. */
  readonly capacity: ObservedCapacity | null;
}

/**
 * @param options what the activities are called with, such as how long they may take.
 * @throws `PLATFORM_NOT_AVAILABLE`, `PLAN_INFEASIBLE`
 */
export async function makePlan(definition: ClusterDefinition, options: ActivityOptions): Promise<MadePlan> {
  if (!patched('2026-11-plan-as-activity')) return planInWorkflow(definition, options);
  const inventory = await proxmox.observeInventory.executeWithOptions(options, [{}]);
  const made = await planning.planCluster.executeWithOptions(options, [{ definition, inventory }]);
  return { ...made, vmidsInUse: inventory.vmids };
}
