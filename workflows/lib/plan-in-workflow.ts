/** How runs planned that were begun before the plan became an activity: for their replay alone. */
import type { ActivityOptions } from '@temporalio/workflow';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { buildPlan } from '../../domain/planner.js';
import { upcastInventory } from '../../domain/upcast.js';
import { placeByMemory } from '../../placement/place-by-memory.js';
import { stepOutline } from '../../platforms/outline.js';
import { platformOf } from '../../platforms/registry.js';
import { ledger, proxmox } from './activities.js';
import type { MadePlan } from './make-plan.js';

const LATER_SETTINGS = {
  ...{ bootUrl: null, serviceImage: null, machineStorage: null },
  ...{ rke2InstallUrl: '', kubernetesPackagesUrl: '', kubeVipImage: '' },
} as const;

export async function planInWorkflow(
  definition: ClusterDefinition,
  options: ActivityOptions,
): Promise<MadePlan> {
  const platform = platformOf(definition.type);
  const { network } = definition;
  const count = definition.nodeGroups.reduce((sum, group) => sum + group.count, 0);
  const [recorded, observed, pool] = await Promise.all([
    ledger.readSettings.executeWithOptions(options, []),
    proxmox.observeInventory.executeWithOptions(options, [{}]),
    ledger.freeAddresses.executeWithOptions(options, [{ cidr: network.cidr, range: network.ipRange, count }]),
  ]);
  const settings = { ...LATER_SETTINGS, ...recorded, importStorage: recorded.isoStorage };
  const inventory = upcastInventory(observed);
  const plan = buildPlan({
    definition,
    inventory,
    vmidRange: settings.vmidRange,
    isoStorage: settings.isoStorage,
    importStorage: settings.importStorage,
    serviceImage: null,
    machineStorage: null,
    catalogue: [],
    pool,
    interfacePools: {},
    bootMethods: ['TEMPLATE'],
    faults: platform.faults(definition),
    place: placeByMemory,
    outline: stepOutline(definition, settings),
    system: platform.system,
  });
  return { plan, settings, vmidsInUse: inventory.vmids, capacity: null };
}
