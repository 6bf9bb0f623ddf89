/** What the status daemon last told the cluster: names and statuses in `/cluster/resources` are that old. */
import type { LabInventory } from './lab-inventory.js';
import type { VmRecord } from './records.js';
import { bootDisk, coresOf, isTemplate, memoryOf, vmName } from './vm-config.js';
import { parseSize } from './disk-size.js';
import type { World } from './world.js';

const MIB = 2 ** 20;

export interface GuestStatistics {
  readonly name: string;
  readonly status: 'running' | 'stopped';
  readonly template: 0 | 1;
  readonly uptime: number;
  readonly maxcpu: number;
  readonly cpu: number;
  readonly maxmem: number;
  readonly mem: number;
  readonly maxdisk: number;
  readonly disk: number;
}

export class Broadcast {
  /** By VMID. It outlives the VM: a VMID that is used again shows the old name until the next report. */
  private guests = new Map<number, GuestStatistics>();
  private readonly world: World;
  private readonly timer: NodeJS.Timeout | undefined;

  /** @param intervalMs between two reports; with 0 everything is known at once. */
  constructor(world: World, intervalMs: number) {
    this.world = world;
    if (intervalMs === 0) return;
    this.report();
    this.timer = setInterval(() => this.report(), intervalMs);
    this.timer.unref();
  }

  guest(vmid: number): GuestStatistics | undefined {
    if (this.timer !== undefined) return this.guests.get(vmid);
    const vm = this.world.vms.get(vmid);
    return vm === undefined ? undefined : statisticsOf(vm);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private report(): void {
    this.guests = new Map([...this.world.vms.values()].map((vm) => [vm.vmid, statisticsOf(vm)]));
  }
}

/** How the VM is doing at this moment. */
export function statisticsOf(vm: VmRecord): GuestStatistics {
  const running = vm.startedAt !== null;
  const maxmem = memoryOf(vm.config) * MIB;
  return {
    name: vmName(vm),
    status: running ? 'running' : 'stopped',
    template: isTemplate(vm) ? 1 : 0,
    uptime: vm.startedAt === null ? 0 : Math.floor((Date.now() - vm.startedAt) / 1_000),
    maxcpu: coresOf(vm.config),
    cpu: running ? 0.01 : 0,
    maxmem,
    mem: running ? maxmem : 0,
    maxdisk: parseSize(bootDisk(vm.config)?.drive.properties.get('size') ?? '0') ?? 0,
    disk: 0,
  };
}

/** Bytes of a host's memory that its running VMs have taken. */
export function memoryInUse(world: World, node: string): number {
  const running = [...world.vms.values()].filter((vm) => vm.node === node && vm.startedAt !== null);
  return running.reduce((sum, vm) => sum + memoryOf(vm.config) * MIB, 0);
}

/** Bytes of memory that a host has. */
export function memoryOfHost(inventory: LabInventory, node: string): number {
  return (inventory.hosts.find((host) => host.name === node)?.memoryGiB ?? 0) * 2 ** 30;
}
