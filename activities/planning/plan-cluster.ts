/** Makes the plan of a cluster. As an activity, so that a run keeps the plan that it was begun with. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Fault } from '../../domain/errors.js';
import type { CatalogueImage } from '../../domain/image-source.js';
import type { Inventory } from '../../domain/inventory.js';
import { poolOverlaps, poolsOf } from '../../domain/network/pools.js';
import type { Plan } from '../../domain/plan.js';
import { bootServiceFaults } from '../../domain/planning/boot-service.js';
import { interfaceKey, type FreePool } from '../../domain/planning/addresses.js';
import { buildPlan } from '../../domain/planner.js';
import { placeMachines } from '../../placement/place-machines.js';
import { stepOutline } from '../../platforms/outline.js';
import type { ServiceSettings } from '../../platforms/platform-input.js';
import { platformOf } from '../../platforms/registry.js';
import type { ObservedCapacity, Store } from '../../store/store.js';
import { bastionSteps, type BastionRequest, type BastionSteps } from './bastion-steps.js';
import { virtualAddressFaults } from './virtual-addresses.js';

export interface PlanningDependencies {
  readonly store: Store;
  readonly settings: ServiceSettings;
  readonly freeAddresses: (request: {
    readonly cidr: string;
    readonly range: string;
    readonly count: number;
  }) => Promise<FreePool>;
  readonly listCatalogue: () => Promise<readonly CatalogueImage[]>;
}

export interface PlanRequest {
  readonly definition: ClusterDefinition;
  readonly inventory: Inventory;
}

export interface PlannedCluster {
  readonly plan: Plan;
  readonly settings: ServiceSettings;
  /** What was free when this was planned: what a reservation is held against. */
  readonly capacity: ObservedCapacity;
}

export type PlanningActivities = ReturnType<typeof createPlanningActivities>;

export function createPlanningActivities(dependencies: PlanningDependencies) {
  return {
    /** @throws `PLATFORM_NOT_AVAILABLE`, `PLAN_INFEASIBLE` with every fault. */
    planCluster: (request: PlanRequest): Promise<PlannedCluster> => planCluster(dependencies, request),

    /** @throws `INVALID_REQUEST` for what a configuration file cannot say, `BOOT_SERVICE_OFF` */
    bastionSteps: async (request: BastionRequest): Promise<BastionSteps> => bastionSteps(request),
  };
}

async function planCluster(
  dependencies: PlanningDependencies,
  { definition, inventory: observed }: PlanRequest,
): Promise<PlannedCluster> {
  const { store, settings } = dependencies;
  const platform = platformOf(definition.type);
  const [inventory, pools, catalogue, overlaps, taken] = await Promise.all([
    withoutClaimed(store, observed),
    freePools(dependencies, definition),
    dependencies.listCatalogue(),
    overlapsWithOthers(store, definition),
    virtualAddressFaults(store, definition),
  ]);
  const plan = buildPlan({
    definition,
    inventory,
    catalogue,
    ...pools,
    vmidRange: settings.vmidRange,
    isoStorage: settings.isoStorage,
    importStorage: settings.importStorage,
    bootMethods: platform.bootMethods,
    faults: [
      ...platform.faults(definition),
      ...overlaps,
      ...taken,
      ...bootServiceFaults(definition, settings.bootUrl),
    ],
    place: placeMachines,
    outline: stepOutline(definition, settings),
  });
  const { runningVmids } = observed;
  const hosts = observed.hosts.map(({ name, memoryFreeMiB }) => ({ name, memoryFreeMiB }));
  return { plan, settings, capacity: { hosts, runningVmids } };
}

/** Two runs at once see the same free memory: what another has reserved and not yet made is taken off. */
async function withoutClaimed(store: Store, inventory: Inventory): Promise<Inventory> {
  const claimed = await store.machines.claimedMemory(inventory.runningVmids);
  return {
    ...inventory,
    hosts: inventory.hosts.map((host) => ({
      ...host,
      memoryFreeMiB: Math.max(0, host.memoryFreeMiB - (claimed.get(host.name) ?? 0)),
    })),
  };
}

async function freePools(
  { freeAddresses }: PlanningDependencies,
  { network, nodeGroups }: ClusterDefinition,
): Promise<{ pool: FreePool; interfacePools: Record<string, FreePool> }> {
  const machines = nodeGroups.reduce((sum, group) => sum + group.count, 0);
  const count = machines + network.virtualAddresses.length;
  const pool = await freeAddresses({ cidr: network.cidr, range: network.ipRange, count });
  const interfacePools: Record<string, FreePool> = {};
  for (const group of nodeGroups) {
    for (const { name, cidr, ipRange } of group.network.interfaces) {
      if (cidr === null || ipRange === null) continue;
      const key = interfaceKey(group.name, name);
      interfacePools[key] = await freeAddresses({ cidr, range: ipRange, count: group.count });
    }
  }
  return { pool, interfacePools };
}

async function overlapsWithOthers(store: Store, definition: ClusterDefinition): Promise<Fault[]> {
  const clusters = await store.clusters.list({ includeGone: false, limit: 10_000 });
  const others = clusters
    .filter(({ name }) => name !== definition.name)
    .flatMap(({ name, definition: other }) => poolsOf(other).map((pool) => ({ ...pool, cluster: name })));
  return poolOverlaps(definition, others);
}
