/** `/nodes/{node}/qemu/{vmid}/migrate`: where a VM may go, and its way there. */
import { ApiError, die, refuseParameters } from './api-error.js';
import { hostNamed, loadVm, vmLock } from './cluster.js';
import type { Cluster } from './cluster.js';
import { changeDrive, isCdrom, isCloudInit, isUnused, parseVolumeId, printDrive } from './drive.js';
import { effectiveRules } from './ha-feasibility.js';
import { vmidOf } from './ha-parameters.js';
import type { Options, VmRecord } from './records.js';
import { volumeId } from './storages.js';
import type { Job } from './tasks.js';
import { checkLock, drivesOf, vmName, withPending } from './vm-config.js';
import type { AttachedDrive } from './vm-config.js';

export interface MigrateOptions {
  /** Moves a VM that runs. */
  readonly online: boolean;
  /** Copies disks that lie on one host only, of a VM that runs. */
  readonly withLocalDisks?: boolean;
}

/** What `GET migrate` answers. */
export function migrationPreconditions(
  cluster: Cluster,
  vm: VmRecord,
  target: string | undefined,
): Record<string, unknown> {
  const hosts = cluster.inventory.hosts
    .map(({ name }) => name)
    .filter((name) => name !== vm.node && (target === undefined || name === target));
  const obstacles = hosts.map((host) => [host, obstaclesAt(cluster, vm, host)] as const);
  const local = localDrives(cluster, vm);
  return {
    running: vm.startedAt === null ? 0 : 1,
    allowed_nodes: obstacles.filter(([, found]) => Object.keys(found).length === 0).map(([host]) => host),
    not_allowed_nodes: Object.fromEntries(obstacles.filter(([, found]) => Object.keys(found).length > 0)),
    local_disks: local.map(({ slot, drive }) => ({
      volid: drive.file,
      drivename: slot,
      cdrom: isCdrom(drive) && !isCloudInit(drive) ? 1 : 0,
      is_unused: isUnused(slot) ? 1 : 0,
      size: cluster.storages.find(drive.file, vm.node)?.sizeBytes ?? 0,
    })),
    local_resources: localResources(vm),
    'mapped-resources': [],
    'dependent-ha-resources': companions(cluster, vm),
  };
}

/** True when a disk, or a medium in a drive, can be reached from the VM's own host only. */
export function usesLocalDisks(cluster: Cluster, vm: VmRecord): boolean {
  return localDrives(cluster, vm).length > 0;
}

/** Refuses before the fork. @throws ApiError 400 or 500. */
export function checkMigration(
  cluster: Cluster,
  vm: VmRecord,
  target: string,
  { online, withLocalDisks }: MigrateOptions,
): void {
  if (target === vm.node) refuseParameters({ target: 'target is local node.' });
  hostNamed(cluster, target);
  if (vm.startedAt !== null && !online) die("can't migrate running VM without --online");
  checkLock(vm);
  const resources = localResources(vm);
  if (resources.length > 0) die(`can't migrate VM which uses local devices: ${resources.join(', ')}`);
  for (const { drive } of localDrives(cluster, vm)) {
    if (isCdrom(drive) && !isCloudInit(drive)) die(`can't migrate local cdrom '${drive.file}'`);
    if (vm.startedAt !== null && withLocalDisks !== true) {
      die("can't live migrate attached local disks without with-local-disks option");
    }
  }
}

/** @throws ApiError with the text that becomes the task's exit status. */
export async function migrateVm(
  cluster: Cluster,
  vmid: number,
  target: string,
  job: Job,
  options: MigrateOptions,
): Promise<void> {
  const node = cluster.world.vms.get(vmid)?.node ?? die(`VM ${vmid} does not exist`);
  await cluster.locks.run(vmLock(node, vmid, cluster.timing.configLockMs, job.signal), async () => {
    const vm = loadVm(cluster, node, vmid);
    checkMigration(cluster, vm, target, options);
    job.print(`starting migration of VM ${vmid} to node '${target}'`);
    cluster.world.patchVm(vmid, { config: { ...vm.config, lock: 'migrate' } });
    await cluster.latency.wait('proxmox.migrate', vmName(vm), job.signal);
    try {
      job.checkpoint();
    } catch (error) {
      // One that fails is tidied up; a worker that dies leaves the lock.
      if (error instanceof ApiError) cluster.world.patchVm(vmid, { config: vm.config });
      throw error;
    }
    // The memory of one that runs goes along: the guest notices nothing.
    cluster.world.patchVm(vmid, { node: target, config: moveDisks(cluster, vm, target) });
    job.print('migration finished successfully');
  });
}

/** Copies of local disks lie on the target; a linked clone's stands on no base any more. */
function moveDisks(cluster: Cluster, vm: VmRecord, target: string): Options {
  const config: Record<string, string> = { ...vm.config };
  for (const { slot, drive } of localDrives(cluster, vm)) {
    const volume = cluster.storages.find(drive.file, vm.node);
    if (volume === undefined) continue;
    const name = volume.name.split('/').at(-1) ?? volume.name;
    const copy = { ...volume, node: target, name, parent: null };
    cluster.world.putVolume(copy);
    config[slot] = isUnused(slot) ? volumeId(copy) : printDrive(changeDrive(drive, { file: volumeId(copy) }));
  }
  return config;
}

function localDrives({ storages }: Cluster, vm: VmRecord): AttachedDrive[] {
  return drivesOf(withPending(vm), { unused: true }).filter(({ drive }) => {
    const storage = parseVolumeId(drive.file)?.storage;
    return storage !== undefined && !storages.get(storage).shared;
  });
}

/** Devices of its host, which no other one has. Those of a mapping are not among them. */
function localResources({ config }: VmRecord): string[] {
  return Object.entries(config)
    .filter(([option, value]) => /^(?:hostpci|usb|serial|parallel)\d+$/.test(option) && isLocalDevice(value))
    .map(([option]) => option)
    .sort();
}

function isLocalDevice(value: string): boolean {
  return value !== 'socket' && !/(?:^|,)mapping=/.test(value) && !value.startsWith('spice');
}

function obstaclesAt(cluster: Cluster, vm: VmRecord, host: string): Record<string, unknown> {
  const blocking = blockingResources(cluster, vm, host);
  return blocking.length === 0 ? {} : { 'blocking-ha-resources': blocking };
}

/** Resources on that host that have to be apart from the VM. */
function blockingResources(cluster: Cluster, vm: VmRecord, host: string): unknown[] {
  return affine(cluster, vm, 'negative')
    .filter((sid) => cluster.world.vms.get(vmidOf(sid) ?? 0)?.node === host)
    .map((sid) => ({ sid, cause: 'resource-affinity' }));
}

/** Resources that have to be together with the VM: they move, too. */
function companions(cluster: Cluster, vm: VmRecord): string[] {
  return affine(cluster, vm, 'positive');
}

function affine(
  { datacenter, inventory }: Cluster,
  vm: VmRecord,
  affinity: 'positive' | 'negative',
): string[] {
  const sid = `vm:${vm.vmid}`;
  const rules = effectiveRules({ rules: datacenter.record.haRules, hosts: inventory.hosts.length });
  const others = rules
    .filter((rule) => rule.type === 'resource-affinity' && rule.affinity === affinity)
    .filter((rule) => rule.resources.includes(sid))
    .flatMap((rule) => rule.resources.filter((other) => other !== sid));
  return [...new Set(others)].sort();
}
