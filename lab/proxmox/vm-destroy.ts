/** `DELETE /nodes/{node}/qemu/{vmid}`: a disk that cannot be freed is only a warning, so that leaks are possible. */
import { die, errorText, refuseParameters } from './api-error.js';
import { hostNamed, loadVm, vmLock } from './cluster.js';
import type { Cluster } from './cluster.js';
import { without } from './datacenter.js';
import { isCdrom, isCloudInit } from './drive.js';
import type { Call } from './endpoint.js';
import type { VmRecord, VolumeRecord } from './records.js';
import { volumeId } from './storages.js';
import type { Job } from './tasks.js';
import { checkLock, checkProtection, drivesOf, isTemplate, vmName } from './vm-config.js';

/** @returns the UPID of the `qmdestroy` task. @throws ApiError when the VM runs or is protected. */
export function destroyVm(cluster: Cluster, call: Call): string {
  const { params, session } = call;
  const node = hostNamed(cluster, params.required('node')).name;
  const vmid = Number(params.required('vmid'));
  if (params.flag('skiplock')) refuseParameters({ skiplock: 'Only root may use this option.' });
  loadDestroyable(cluster, node, vmid);
  const sid = `vm:${vmid}`;
  const isManaged = cluster.datacenter.record.haResources[sid] !== undefined;
  if (isManaged && !params.flag('purge')) {
    die(`unable to remove VM ${vmid} - used in HA resources and purge parameter not set.`);
  }
  return cluster.tasks.start({ node, type: 'qmdestroy', id: String(vmid), user: session.tokenId }, (job) =>
    cluster.locks.run(vmLock(node, vmid, cluster.timing.configLockMs, job.signal), async () => {
      const vm = loadDestroyable(cluster, node, vmid);
      checkLock(vm);
      await destroy(cluster, vm, params.flag('destroy-unreferenced-disks'), job);
      if (params.flag('purge')) purge(cluster, sid, job);
      cluster.world.removeVm(vmid);
      cluster.datacenter.forgetVm(vmid);
    }),
  );
}

/** Takes the VM out of high availability; the rules that name it stay as they are. */
function purge({ datacenter, ha }: Cluster, sid: string, job: Job): void {
  const [, vmid] = sid.split(':');
  job.print(`purging VM ${vmid} from related configurations..`);
  if (datacenter.record.haResources[sid] === undefined) return;
  datacenter.change({ haResources: without(datacenter.record.haResources, sid) });
  ha.nudge();
  job.print(`NOTE: removed VM ${vmid} from HA resource configuration.`);
}

/** Checked before the fork and again under the lock. */
function loadDestroyable(cluster: Cluster, node: string, vmid: number): VmRecord {
  const vm = loadVm(cluster, node, vmid);
  checkProtection(vm, `can't remove VM ${vmid}`);
  if (vm.startedAt !== null) die(`VM ${vmid} is running - destroy failed`);
  return vm;
}

async function destroy(cluster: Cluster, vm: VmRecord, unreferenced: boolean, job: Job): Promise<void> {
  const owned = ownedVolumes(cluster, vm);
  if (isTemplate(vm)) {
    const used = owned.find((volume) => cluster.storages.isBaseInUse(volume));
    if (used !== undefined) die(`base volume '${volumeId(used)}' is still in use by linked cloned`);
  }
  job.checkpoint();
  await cluster.latency.wait('proxmox.destroy', vmName(vm), job.signal);
  for (const volume of owned) await free(cluster, vm, volume, job);
  if (unreferenced) {
    const left = cluster.storages
      .volumes(vm.node)
      .filter((volume) => volume.vmid === vm.vmid && volume.content === 'images');
    for (const volume of left) await free(cluster, vm, volume, job);
  }
  // The VMID stays taken until the very end, as a configuration that holds nothing but this lock.
  cluster.world.patchVm(vm.vmid, { config: { lock: 'destroyed' }, pending: {}, pendingDelete: [] });
}

/** The VM's own volumes that its configuration names, `unusedN` and pending changes included. */
function ownedVolumes(cluster: Cluster, vm: VmRecord): VolumeRecord[] {
  const drives = [vm.config, vm.pending].flatMap((options) => drivesOf(options, { unused: true }));
  const volumes = drives
    .filter(({ drive }) => !isCdrom(drive) || isCloudInit(drive))
    .flatMap(({ drive }) => cluster.storages.find(drive.file, vm.node) ?? [])
    .filter((volume) => volume.vmid === vm.vmid);
  return [...new Map(volumes.map((volume) => [volume.id, volume])).values()];
}

async function free(cluster: Cluster, vm: VmRecord, volume: VolumeRecord, job: Job): Promise<void> {
  try {
    await cluster.storages.free(volume, vm.node, job.signal);
  } catch (error) {
    if (job.signal.aborted) throw error;
    job.warn(`Could not remove disk '${volumeId(volume)}', check manually: ${errorText(error)}`);
  }
}
