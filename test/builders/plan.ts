/** Plans as the product makes them, from builders. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Inventory } from '../../domain/inventory.js';
import type { Plan } from '../../domain/plan.js';
import type { FreePool } from '../../domain/planning/addresses.js';
import { buildPlan, type PlannerInput } from '../../domain/planner.js';
import { placeMachines } from '../../placement/place-machines.js';
import { stepOutline } from '../../platforms/outline.js';
import type { ServiceSettings } from '../../platforms/platform-input.js';
import { platformOf } from '../../platforms/registry.js';
import { anInventory } from './inventory.js';

export const SETTINGS: ServiceSettings = {
  vmidRange: { from: 20_000, to: 20_099 },
  isoStorage: 'local',
  importStorage: 'local',
  k3sInstallUrl: 'https://get.k3s.io',
  rke2InstallUrl: 'https://get.rke2.io',
  kubernetesPackagesUrl: 'https://pkgs.k8s.io',
  kubeVipImage: 'ghcr.io/kube-vip/kube-vip:v0.9.2',
  serviceImage: 'local-zfs:9001/ubuntu-24.04-template',
  machineStorage: null,
  bootUrl: 'http://10.1.107.2:8090',
};

export const FREE_ADDRESSES = Array.from({ length: 50 }, (_, n) => `10.1.107.${100 + n}`);

export interface PlanChange extends Partial<Pick<PlannerInput, 'catalogue' | 'interfacePools'>> {
  readonly inventory?: Inventory;
  readonly freeAddresses?: readonly string[];
}

export function aPlan(definition: ClusterDefinition, change: PlanChange = {}): Plan {
  return buildPlan(plannerInput(definition, change));
}

export function plannerInput(definition: ClusterDefinition, change: PlanChange = {}): PlannerInput {
  const platform = platformOf(definition.type);
  const pool: FreePool = { free: change.freeAddresses ?? FREE_ADDRESSES, prefixLength: 24 };
  return {
    definition,
    inventory: change.inventory ?? anInventory(),
    catalogue: change.catalogue ?? [],
    vmidRange: SETTINGS.vmidRange,
    isoStorage: SETTINGS.isoStorage,
    importStorage: SETTINGS.importStorage,
    pool,
    interfacePools: change.interfacePools ?? {},
    bootMethods: platform.bootMethods,
    faults: platform.faults(definition),
    place: placeMachines,
    serviceImage: SETTINGS.serviceImage,
    machineStorage: SETTINGS.machineStorage,
    outline: stepOutline(definition, SETTINGS),
    system: platform.system,
    ...(platform.networkBoot === undefined
      ? {}
      : { networkBoot: (group) => platform.networkBoot?.(group, definition) ?? group.boot }),
  };
}
