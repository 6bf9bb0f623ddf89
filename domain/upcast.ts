/**
 * Reads what earlier releases wrote into histories and into the store. Each function fills in what was not there yet;
 * what is there stays as it is.
 */
import type { ClusterDefinition, NodeGroup } from './cluster-definition.js';
import type { BridgeFacts, Inventory } from './inventory.js';
import type { PlannedBoot, PlannedMachine, PlannedTemplate } from './plan.js';

/** Before boot methods, networks of several interfaces and firewalls: everything was cloned and had one interface. */
export function upcastDefinition(definition: ClusterDefinition): ClusterDefinition {
  const egress = definition.network.gateway === null ? 'NONE' : 'GATEWAY';
  const network = { ...NETWORK, ...{ egress }, ...definition.network };
  return { ...definition, network, nodeGroups: definition.nodeGroups.map(upcastGroup) };
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
  if ('source' in machine) return machine;
  const { template, ...rest } = machine as Omit<PlannedMachine, 'source' | 'boot'> & {
    readonly template: PlannedTemplate;
  };
  return { ...rest, source: { kind: 'clone', ...template }, boot: CLONED, interfaces: [], firewall: null };
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

const NO_CORES = { coresAllocated: 0 } as const;
const NETWORK = { virtualAddresses: [], firewall: null } as const;
const TEMPLATE = { imageChecksum: null } as const;
const BOOT = { delivery: 'MEDIUM', kernel: null, initrd: null, kernelArguments: [] } as const;
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
