/**
 * Reads what earlier releases wrote into histories and into the store. Each function fills in what was not there yet;
 * what is there stays as it is.
 */
import type {
  ClusterDefinition,
  NodeGroup,
  PlatformConfig,
  ServiceDependency,
} from './cluster-definition.js';
import type { BridgeFacts, Inventory } from './inventory.js';
import type { PlannedBoot, PlannedMachine, PlannedTemplate } from './plan.js';

/** Before boot methods, networks of several interfaces and firewalls: everything was cloned and had one interface. */
export function upcastDefinition(definition: ClusterDefinition): ClusterDefinition {
  const egress = definition.network.gateway === null ? 'NONE' : 'GATEWAY';
  const network = { ...NETWORK, ...{ egress }, ...definition.network };
  return {
    ...definition,
    network,
    nodeGroups: definition.nodeGroups.map(upcastGroup),
    services: definition.services.map(upcastService),
    platformConfig: upcastPlatform(definition),
  };
}

/** The only services there were served network boot from a bastion, and had whatever configuration was written. */
function upcastService(service: ServiceDependency): ServiceDependency {
  if (service.type !== 'PXE_BOOT' || 'machines' in service.configuration) return service;
  const { dhcpRange } = service.configuration as { readonly dhcpRange?: unknown };
  return {
    ...service,
    configuration: { ...PXE_BOOT, dhcpRange: typeof dhcpRange === 'string' ? dhcpRange : null },
  };
}

function upcastPlatform({ type, platformConfig }: ClusterDefinition): PlatformConfig {
  return type === 'K3S' ? { ...K3S, ...platformConfig } : platformConfig;
}

function upcastGroup(group: NodeGroup): NodeGroup {
  return {
    ...group,
    template: { ...TEMPLATE, ...group.template },
    boot: { ...BOOT, ...group.boot },
    network: { ...GROUP_NETWORK, ...group.network },
  };
}

export function upcastMachine(machine: PlannedMachine): PlannedMachine {
  if ('source' in machine) return { ...SYSTEM, ...machine };
  const { template, ...rest } = machine as Omit<PlannedMachine, 'source' | 'boot'> & {
    readonly template: PlannedTemplate;
  };
  return {
    ...SYSTEM,
    ...rest,
    source: { kind: 'clone', ...template },
    boot: CLONED,
    interfaces: [],
    firewall: null,
  };
}

/** Bridges were names: all that was known of one is that it is there. */
export function upcastInventory(inventory: Inventory): Inventory {
  return {
    ...inventory,
    images: (inventory as Partial<Inventory>).images ?? [],
    runningVmids: (inventory as Partial<Inventory>).runningVmids ?? inventory.vmids,
    hosts: inventory.hosts.map((host) => ({
      ...NO_CORES,
      ...host,
      bridges: host.bridges.map(upcastBridge),
    })),
  };
}

function upcastBridge(bridge: BridgeFacts | string): BridgeFacts {
  return typeof bridge === 'string' ? { name: bridge, vlanAware: true, vlans: null } : bridge;
}

const SYSTEM = { system: 'CLOUD_INIT' } as const;
const NO_CORES = { coresAllocated: 0 } as const;
const NETWORK = { virtualAddresses: [], firewall: null } as const;
const TEMPLATE = { imageChecksum: null } as const;
const BOOT = { delivery: 'MEDIUM', kernel: null, initrd: null, kernelArguments: [] } as const;
const PXE_BOOT = { machines: null, staticAssignments: true } as const;
const K3S = { registries: null, airGapUrl: null, datastore: null } as const;
const GROUP_NETWORK = { interfaces: [], firewall: [] } as const;
const CLONED: PlannedBoot = {
  method: 'TEMPLATE',
  reason: 'asked for',
  delivery: 'MEDIUM',
  iso: null,
  kernel: null,
  initrd: null,
  kernelArguments: [],
};
