/** Makes the plan of a cluster. As an activity, so that a run keeps the plan that it was begun with. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { DnsRecord } from '../../domain/dns/dns-record.js';
import type { GuestStep } from '../../domain/guest-step.js';
import type { Fault } from '../../domain/errors.js';
import type { CatalogueImage } from '../../domain/image-source.js';
import type { Inventory } from '../../domain/inventory.js';
import { poolOverlaps, poolsOf } from '../../domain/network/pools.js';
import type { Plan } from '../../domain/plan.js';
import { serviceFaults } from '../../domain/planning/service-faults.js';
import { bootServiceFaults } from '../../domain/planning/boot-service.js';
import { interfaceKey, type FreePool } from '../../domain/planning/addresses.js';
import { buildPlan } from '../../domain/planner.js';
import { secretsOfServices, withServices } from '../../domain/services/service-groups.js';
import { placeMachines } from '../../placement/place-machines.js';
import { stepOutline } from '../../platforms/outline.js';
import type { ServiceSettings } from '../../platforms/platform-input.js';
import { platformOf } from '../../platforms/registry.js';
import type { ObservedCapacity, Store } from '../../store/store.js';
import { makeSecrets } from '../secrets/make-secrets.js';
import { datastoreFaults, sealDatastore, type Datastores } from './datastore.js';
import { dnsKeyFaults, type DnsKeyAlgorithms } from './dns-key-faults.js';
import { verifyDnsStep } from '../../domain/dns/verify-dns.js';
import type { ServiceRequest } from './service-request.js';
import { clusterNames } from './cluster-names.js';
import { withMarks } from './marked-hosts.js';
import { serviceSteps, type ServiceSteps } from './service-steps.js';
import { bastionSteps, type BastionSteps } from './bastion-steps.js';
import { balancerDrains, type BalancerDrains, type DrainRequest } from './balancer-drains.js';
import { planScale, type PlannedScale, type ScaleRequest } from './plan-scale.js';
import { storageFaults } from './storage-faults.js';
import { virtualAddressFaults } from './virtual-addresses.js';

export interface PlanningDependencies {
  readonly store: Store;
  readonly settings: ServiceSettings;
  readonly datastores: Datastores;
  /** API tokens of storage drivers, by the name that definitions give them. */
  readonly csiTokens: ReadonlyMap<string, string>;
  readonly dnsKeys: DnsKeyAlgorithms;
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

export interface SecretsRequest {
  readonly clusterUid: string;
  readonly definition: ClusterDefinition;
}

export type NamesRequest = Pick<ServiceRequest, 'definition' | 'plan'>;

export interface ClusterNames {
  readonly records: readonly DnsRecord[];
  readonly lookUp: GuestStep;
}

export interface PlannedCluster {
  readonly plan: Plan;
  readonly settings: ServiceSettings;
  /** What was free when this was planned: what a reservation is held against. */
  readonly capacity: ObservedCapacity;
}

export type PlanningActivities = ReturnType<typeof createPlanningActivities>;

export function createPlanningActivities(dependencies: PlanningDependencies) {
  const { store } = dependencies;
  return {
    /** @throws `PLATFORM_NOT_AVAILABLE`, `PLAN_INFEASIBLE` with every fault. */
    planCluster: (request: PlanRequest): Promise<PlannedCluster> => planCluster(dependencies, request),

    /** @throws `INVALID_REQUEST` for what a configuration file cannot say, `BOOT_SERVICE_OFF` */
    bastionSteps: async (request: ServiceRequest): Promise<BastionSteps> => bastionSteps(request),

    /** Makes what distribution and services keep secret, once; it stays in the vault. */
    makeSecrets: ({ clusterUid, definition }: SecretsRequest): Promise<void> =>
      makeSecrets(store.secrets, clusterUid, [
        ...platformOf(definition.type).secrets(definition),
        ...secretsOfServices(definition),
      ]),

    /** Puts the address of that datastore among the cluster's secrets. @throws `DATASTORE_UNKNOWN` */
    sealDatastore: ({ clusterUid, name }: { readonly clusterUid: string; readonly name: string }) =>
      sealDatastore(store.secrets, dependencies.datastores, { clusterUid, name }),

    /** What the cluster's names stand for, and the step by which a machine of it looks them up. */
    clusterNames: async (request: NamesRequest): Promise<ClusterNames> => {
      const { records } = clusterNames(request);
      return { records, lookUp: verifyDnsStep(records) };
    },

    /** What the steps of balancers and boot servers are made with. */
    serviceSettings: async (): Promise<ServiceSettings> => dependencies.settings,

    /** @throws `PLAN_INFEASIBLE` with every fault. */
    planScale: (request: ScaleRequest): Promise<PlannedScale> => planScale(dependencies, request),

    /** What sends no more connections to the machine, and the way back. @throws `INVALID_REQUEST` */
    balancerDrains: async (request: DrainRequest): Promise<BalancerDrains> => balancerDrains(request),

    /** By machine of a service. @throws `INVALID_REQUEST` for what a configuration file cannot say, `BOOT_SERVICE_OFF` */
    serviceSteps: async (request: ServiceRequest): Promise<ServiceSteps> => serviceSteps(request),
  };
}

async function planCluster(
  dependencies: PlanningDependencies,
  { definition, inventory: observed }: PlanRequest,
): Promise<PlannedCluster> {
  const { store, settings } = dependencies;
  const platform = platformOf(definition.type);
  const [inventory, pools, catalogue, overlaps, taken] = await Promise.all([
    withoutClaimed(store, await withMarks(store, observed)),
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
    serviceImage: settings.serviceImage,
    machineStorage: settings.machineStorage,
    bootMethods: platform.bootMethods,
    ...(platform.networkBoot === undefined
      ? {}
      : { networkBoot: (group) => platform.networkBoot?.(group, definition) ?? group.boot }),
    faults: [
      ...platform.faults(definition),
      ...serviceFaults(definition),
      ...datastoreFaults(definition, dependencies.datastores),
      ...storageFaults(definition, observed, dependencies.csiTokens),
      ...dnsKeyFaults(definition, dependencies.dnsKeys),
      ...overlaps,
      ...taken,
      ...bootServiceFaults(definition, settings.bootUrl),
    ],
    place: placeMachines,
    outline: stepOutline(definition, settings),
    system: platform.system,
  });
  const { runningVmids } = observed;
  const hosts = observed.hosts.map(({ name, memoryFreeMiB }) => ({ name, memoryFreeMiB }));
  return { plan, settings, capacity: { hosts, runningVmids } };
}

/** Two runs at once see the same free memory: what another has reserved and not yet made is taken off. */
export async function withoutClaimed(store: Store, inventory: Inventory): Promise<Inventory> {
  const claimed = await store.machines.claimedMemory(inventory.runningVmids);
  return {
    ...inventory,
    hosts: inventory.hosts.map((host) => ({
      ...host,
      memoryFreeMiB: Math.max(0, host.memoryFreeMiB - (claimed.get(host.name) ?? 0)),
    })),
  };
}

export async function freePools(
  { freeAddresses }: PlanningDependencies,
  { network, nodeGroups }: ClusterDefinition,
): Promise<{ pool: FreePool; interfacePools: Record<string, FreePool> }> {
  const machines = nodeGroups.reduce((sum, group) => sum + group.count, 0);
  const virtualOn = (group?: string, name?: string): number =>
    network.virtualAddresses.filter(({ on }) => on?.group === group && on?.interface === name).length;
  const pool = await freeAddresses({
    cidr: network.cidr,
    range: network.ipRange,
    count: machines + virtualOn(),
  });
  const interfacePools: Record<string, FreePool> = {};
  for (const group of nodeGroups) {
    for (const { name, cidr, ipRange } of group.network.interfaces) {
      if (cidr === null || ipRange === null) continue;
      const key = interfaceKey(group.name, name);
      const needed = group.count + virtualOn(group.name, name);
      interfacePools[key] = await freeAddresses({ cidr, range: ipRange, count: needed });
    }
  }
  return { pool, interfacePools };
}

async function overlapsWithOthers(store: Store, definition: ClusterDefinition): Promise<Fault[]> {
  const clusters = await store.clusters.list({ includeGone: false, limit: 10_000 });
  const others = clusters
    .filter(({ name }) => name !== definition.name)
    .flatMap(({ name, definition: other }) =>
      poolsOf(withServices(other)).map((pool) => ({ ...pool, cluster: name })),
    );
  return poolOverlaps(definition, others);
}
