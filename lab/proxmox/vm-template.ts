/** `POST /nodes/{node}/qemu/{vmid}/template`: turns a VM into a template, and its disks into base volumes. */
import { die } from './api-error.js';
import { hostNamed, loadVm, vmLock } from './cluster.js';
import type { Cluster } from './cluster.js';
import { changeDrive, isCdrom, printDrive } from './drive.js';
import type { Call } from './endpoint.js';
import type { Options, VmRecord } from './records.js';
import { volumeId } from './storages.js';
import { checkLock, drivesOf, isTemplate } from './vm-config.js';
import type { Job } from './tasks.js';

/** @returns the UPID of the `qmtemplate` task. @throws ApiError when the VM is one already, or runs. */
export function convertToTemplate(cluster: Cluster, { params, session }: Call): string {
  const node = hostNamed(cluster, params.required('node')).name;
  const vmid = Number(params.required('vmid'));
  checked(cluster, node, vmid);
  return cluster.tasks.start(
    { node, type: 'qmtemplate', id: String(vmid), user: session.tokenId },
    async (job) => {
      const lock = vmLock(node, vmid, cluster.timing.configLockMs, job.signal);
      await cluster.locks.run(lock, () => convert(cluster, checked(cluster, node, vmid), job));
    },
  );
}

function checked(cluster: Cluster, node: string, vmid: number): VmRecord {
  const vm = loadVm(cluster, node, vmid);
  checkLock(vm);
  if (isTemplate(vm)) die("you can't convert a template to a template");
  if (vm.startedAt !== null) die("you can't convert a VM to template if VM is running");
  return vm;
}

async function convert(cluster: Cluster, vm: VmRecord, job: Job): Promise<void> {
  const { vmid, node } = vm;
  cluster.world.patchVm(vmid, { config: { ...vm.config, template: '1' } });
  let config: Options = { ...vm.config, template: '1' };
  for (const { slot, drive } of drivesOf(vm.config).filter((attached) => !isCdrom(attached.drive))) {
    const volume = cluster.storages.find(drive.file, node) ?? die(`volume '${drive.file}' does not exist`);
    await cluster.storages.locked(volume.storage, node, job.signal, async () => {
      const base = { ...volume, name: volume.name.replace(/(^|\/)vm-/, '$1base-') };
      cluster.world.putVolume(base);
      config = { ...config, [slot]: printDrive(changeDrive(drive, { file: volumeId(base) })) };
      cluster.world.patchVm(vmid, { config });
      await Promise.resolve();
    });
  }
}
