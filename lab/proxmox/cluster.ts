/** The parts of the simulated cluster that all calls share, and the look-ups that they have in common. */
import type { Latency } from '../latency.js';
import type { MachineHost } from '../machine-host.js';
import { die } from './api-error.js';
import type { Broadcast } from './broadcast.js';
import type { Datacenter } from './datacenter.js';
import type { HaManager } from './ha-manager.js';
import type { LabHost, LabInventory } from './lab-inventory.js';
import type { LockRequest, Locks } from './locks.js';
import type { NodeStates } from './node-states.js';
import type { VmRecord } from './records.js';
import type { Storages } from './storages.js';
import type { Tasks } from './tasks.js';
import type { ProxmoxTiming } from './timing.js';
import type { VolumeContents } from './volume-contents.js';
import type { World } from './world.js';

export interface Cluster {
  readonly inventory: LabInventory;
  readonly world: World;
  readonly datacenter: Datacenter;
  readonly locks: Locks;
  readonly tasks: Tasks;
  readonly storages: Storages;
  readonly contents: VolumeContents;
  readonly broadcast: Broadcast;
  readonly nodeStates: NodeStates;
  readonly ha: HaManager;
  readonly machines: MachineHost;
  readonly latency: Latency;
  readonly timing: ProxmoxTiming;
  /** SHA-256 of the one certificate that all hosts show. */
  readonly fingerprint: string;
  /** Seconds since the epoch: when the hosts came up. */
  readonly bootedAt: number;
}

/** @throws ApiError 500: a call for an unknown host cannot be passed on to it. */
export function hostNamed(cluster: Cluster, name: string): LabHost {
  return (
    cluster.inventory.hosts.find((host) => host.name === name) ??
    die(
      `hostname lookup '${name}' failed - failed to get address info for: ${name}: Name or service not known`,
    )
  );
}

/** The VM, if its configuration lies on that host. @throws ApiError 500 when it does not. */
export function loadVm(cluster: Cluster, node: string, vmid: number): VmRecord {
  const vm = cluster.world.vms.get(vmid);
  if (vm !== undefined && vm.node === node) return vm;
  return die(`Configuration file 'nodes/${node}/qemu-server/${vmid}.conf' does not exist`);
}

/** The lock on one VM's configuration file, which each host keeps for itself. */
export function vmLock(
  node: string,
  vmid: number,
  timeoutMs: number,
  signal: AbortSignal,
  shared = false,
): LockRequest {
  return {
    name: `vm:${vmid}@${node}`,
    shared,
    timeoutMs,
    timeoutMessage: `can't lock file '/var/lock/qemu-server/lock-${vmid}.conf' - got timeout`,
    signal,
  };
}
