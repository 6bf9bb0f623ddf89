/** Changes of the cluster that come from nobody's call: by a person on a host's shell, or by high availability. */
import { randomUUID } from 'node:crypto';
import type { WorldChange } from '../fault-effects.js';
import { hostNamed } from './cluster.js';
import type { Cluster } from './cluster.js';
import { changeDrive, printDrive } from './drive.js';
import type { VmRecord } from './records.js';
import { volumeId } from './storages.js';
import { drivesOf } from './vm-config.js';

/** What a change is about when it does not say. */
export interface ChangeDefaults {
  readonly vmid?: number | undefined;
  readonly node?: string | undefined;
}

/** @throws Error when it names no VM or no host and there is no default. */
export function changeWorld(cluster: Cluster, change: WorldChange, defaults: ChangeDefaults = {}): void {
  switch (change.kind) {
    case 'move-vm':
      return moveVm(cluster, given(change.vmid ?? defaults.vmid, 'vmid'), change.node);
    case 'take-vmid': {
      const node = given(change.node ?? defaults.node, 'node');
      return takeVmid(cluster, given(change.vmid ?? defaults.vmid, 'vmid'), node);
    }
    case 'unlock-vm':
      return unlockVm(cluster, given(change.vmid ?? defaults.vmid, 'vmid'));
    case 'node-offline': {
      const { name } = hostNamed(cluster, given(change.node ?? defaults.node, 'node'));
      cluster.nodeStates.set(name, 'offline');
      if (change.forMs === undefined) return;
      setTimeout(() => cluster.nodeStates.set(name, 'online'), change.forMs).unref();
      return;
    }
    case 'node-hanging': {
      const { name } = hostNamed(cluster, given(change.node ?? defaults.node, 'node'));
      cluster.nodeStates.set(name, 'hanging');
      return;
    }
    case 'quorum-lost':
      cluster.nodeStates.quorum = false;
      return;
    case 'quorum-regained':
      cluster.nodeStates.quorum = null;
      return;
    case 'node-online': {
      const { name } = hostNamed(cluster, given(change.node ?? defaults.node, 'node'));
      cluster.nodeStates.set(name, 'online');
    }
  }
}

/**
 * The VM is on the other host with its local disks, and goes on running if it ran. Media in its CD-ROM drives stay
 * where they are, as they do when high availability moves it.
 */
function moveVm(cluster: Cluster, vmid: number, node: string): void {
  const { world } = cluster;
  const target = hostNamed(cluster, node).name;
  const vm = world.vms.get(vmid);
  if (vm === undefined || vm.node === target) return;
  const config: Record<string, string> = { ...vm.config };
  for (const { slot, drive } of drivesOf(vm.config, { unused: true })) {
    const volume = cluster.storages.find(drive.file, vm.node);
    if (volume === undefined || volume.node === null || volume.vmid !== vmid) continue;
    // The copy of a linked clone stands on no base any more.
    const name = volume.name.split('/').at(-1) ?? volume.name;
    const moved = { ...volume, node: target, name, parent: null };
    world.putVolume(moved);
    config[slot] = printDrive(changeDrive(drive, { file: volumeId(moved) }));
  }
  world.putVm({ ...vm, node: target, config });
}

/** A VM without a disk, a mark or a tag of ours. One that is there already stays. */
function takeVmid(cluster: Cluster, vmid: number, node: string): void {
  if (cluster.world.vms.has(vmid)) return;
  const config = { name: 'stranger', memory: '512', smbios1: `uuid=${randomUUID()}` };
  const stranger: VmRecord = {
    vmid,
    node: hostNamed(cluster, node).name,
    config,
    pending: {},
    pendingDelete: [],
    pool: null,
    startedAt: null,
  };
  cluster.world.putVm(stranger);
}

function unlockVm(cluster: Cluster, vmid: number): void {
  const vm = cluster.world.vms.get(vmid);
  if (vm === undefined) return;
  const { lock: _lock, ...config } = vm.config;
  cluster.world.patchVm(vmid, { config });
}

function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the change has to name a ${what}`);
  return value;
}
