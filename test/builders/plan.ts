/** Plans as the product makes them, from builders. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Inventory } from '../../domain/inventory.js';
import type { Plan } from '../../domain/plan.js';
import { buildPlan } from '../../domain/planner.js';
import { placeMachines } from '../../placement/place-machines.js';
import { platformOf } from '../../platforms/registry.js';
import { platformCluster, platformMachine } from '../../workflows/lib/platform-input.js';
import { anInventory } from './inventory.js';

export const SETTINGS = {
  vmidRange: { from: 20_000, to: 20_099 },
  isoStorage: 'local',
  k3sInstallUrl: 'https://get.k3s.io',
} as const;

export const FREE_ADDRESSES = Array.from({ length: 50 }, (_, n) => `10.1.107.${100 + n}`);

export function aPlan(
  definition: ClusterDefinition,
  change: { readonly inventory?: Inventory; readonly freeAddresses?: readonly string[] } = {},
): Plan {
  const platform = platformOf(definition.type);
  return buildPlan({
    definition,
    inventory: change.inventory ?? anInventory(),
    vmidRange: SETTINGS.vmidRange,
    isoStorage: SETTINGS.isoStorage,
    freeAddresses: change.freeAddresses ?? FREE_ADDRESSES,
    prefixLength: 24,
    platformFaults: platform.faults(definition),
    place: placeMachines,
    outline: {
      prepare: (machine) =>
        platform.prepare(platformMachine(machine), platformCluster(definition, [], SETTINGS)),
      join: (machine) => platform.join(platformMachine(machine), platformCluster(definition, [], SETTINGS)),
    },
  });
}
