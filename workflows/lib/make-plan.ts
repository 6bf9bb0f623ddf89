/** Observes what the planner needs, and plans. Used to show a plan and, anew, to carry one out. */
import type { ActivityOptions } from '@temporalio/workflow';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Plan } from '../../domain/plan.js';
import { buildPlan } from '../../domain/planner.js';
import { placeMachines } from '../../placement/place-machines.js';
import { platformOf } from '../../platforms/registry.js';
import { ledger, proxmox } from './activities.js';
import { platformCluster, platformMachine, type ServiceSettings } from './platform-input.js';

export interface MadePlan {
  readonly plan: Plan;
  readonly settings: ServiceSettings;
  readonly vmidsInUse: readonly number[];
}

/**
 * @param options what the observing activities are called with, such as how long they may take.
 * @throws `PLATFORM_NOT_AVAILABLE`, `PLAN_INFEASIBLE`
 */
export async function makePlan(definition: ClusterDefinition, options: ActivityOptions): Promise<MadePlan> {
  const platform = platformOf(definition.type);
  const { network } = definition;
  const count = definition.nodeGroups.reduce((sum, group) => sum + group.count, 0);
  const [settings, inventory, addresses] = await Promise.all([
    ledger.readSettings.executeWithOptions(options, []),
    proxmox.observeInventory.executeWithOptions(options, [{}]),
    ledger.freeAddresses.executeWithOptions(options, [{ cidr: network.cidr, range: network.ipRange, count }]),
  ]);
  const plan = buildPlan({
    definition,
    inventory,
    vmidRange: settings.vmidRange,
    isoStorage: settings.isoStorage,
    freeAddresses: addresses.free,
    prefixLength: addresses.prefixLength,
    platformFaults: platform.faults(definition),
    place: placeMachines,
    outline: {
      prepare: (machine) =>
        platform.prepare(platformMachine(machine), platformCluster(definition, [], settings)),
      join: (machine) => platform.join(platformMachine(machine), platformCluster(definition, [], settings)),
    },
  });
  return { plan, settings, vmidsInUse: inventory.vmids };
}
