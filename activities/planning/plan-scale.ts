/** Plans the machines that a scale adds. As an activity, so that a run keeps the plan that it was begun with. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Inventory } from '../../domain/inventory.js';
import type { Plan } from '../../domain/plan.js';
import { extendPlan } from '../../domain/scale/extend-plan.js';
import { placeMachines } from '../../placement/place-machines.js';
import { stepOutline } from '../../platforms/outline.js';
import { platformOf } from '../../platforms/registry.js';
import { withMarks } from './marked-hosts.js';
import { freePools, withoutClaimed, type PlannedCluster, type PlanningDependencies } from './plan-cluster.js';

export interface ScaleRequest {
  /** With the number of machines that the group is to have. */
  readonly definition: ClusterDefinition;
  /** Of the machines that there are. */
  readonly plan: Plan;
  readonly group: string;
  /** Of the machines to be added. */
  readonly ordinals: readonly number[];
  readonly inventory: Inventory;
}

export type PlannedScale = PlannedCluster;

export async function planScale(
  dependencies: PlanningDependencies,
  { definition, plan, group, ordinals, inventory: observed }: ScaleRequest,
): Promise<PlannedScale> {
  const { store, settings } = dependencies;
  const platform = platformOf(definition.type);
  const { runningVmids } = observed;
  const hosts = observed.hosts.map(({ name, memoryFreeMiB }) => ({ name, memoryFreeMiB }));
  const capacity = { hosts, runningVmids };
  const [inventory, pools, catalogue] = await Promise.all([
    withoutClaimed(store, await withMarks(store, observed)),
    freePools(dependencies, definition),
    dependencies.listCatalogue(),
  ]);
  const extended = extendPlan({
    ...{ definition, plan, group, ordinals, inventory, catalogue },
    ...pools,
    vmidRange: settings.vmidRange,
    isoStorage: settings.isoStorage,
    importStorage: settings.importStorage,
    serviceImage: settings.serviceImage,
    machineStorage: settings.machineStorage,
    bootMethods: platform.bootMethods,
    ...(platform.networkBoot === undefined
      ? {}
      : { networkBoot: (one) => platform.networkBoot?.(one, definition) ?? one.boot }),
    faults: platform.faults(definition),
    place: placeMachines,
    outline: stepOutline(definition, settings),
    system: platform.system,
  });
  return { plan: extended, settings, capacity };
}
