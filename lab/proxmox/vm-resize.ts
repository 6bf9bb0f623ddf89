/** `PUT /nodes/{node}/qemu/{vmid}/resize`: disks only grow; an absolute size that is there already is no change. */
import { die, refuseParameters } from './api-error.js';
import { hostNamed, loadVm, vmLock } from './cluster.js';
import type { Cluster } from './cluster.js';
import { formatSize, parseSize } from './disk-size.js';
import { changeDrive, isCdrom, parseDrive, printDrive } from './drive.js';
import type { Call } from './endpoint.js';
import type { Job } from './tasks.js';
import { checkLock, digestOf, vmName } from './vm-config.js';

/** @returns the UPID of the `resize` task; all refusals of the size come from the task. */
export function resizeVm(cluster: Cluster, call: Call): string {
  const { params, session } = call;
  const node = hostNamed(cluster, params.required('node')).name;
  if (params.flag('skiplock')) refuseParameters({ skiplock: 'Only root may use this option.' });
  const request = { node, type: 'resize', id: params.required('vmid'), user: session.tokenId };
  return cluster.tasks.start(request, (job) => {
    const lock = vmLock(node, Number(params.required('vmid')), cluster.timing.configLockMs, job.signal);
    return cluster.locks.run(lock, () => resize(cluster, call, node, job));
  });
}

async function resize(cluster: Cluster, { params, session }: Call, node: string, job: Job): Promise<void> {
  const vmid = Number(params.required('vmid'));
  const slot = params.required('disk');
  const vm = loadVm(cluster, node, vmid);
  const digest = params.text('digest');
  if (digest !== undefined && digest !== digestOf(vm)) die('checksum mismatch (file change by other user?)');
  checkLock(vm);
  const drive = parseDrive(vm.config[slot] ?? '') ?? die(`disk '${slot}' does not exist`);
  if (isCdrom(drive)) die("you can't resize a cdrom");
  const volume = cluster.storages.find(drive.file, node) ?? die(`volume '${drive.file}' does not exist`);
  session.check(`/storage/${volume.storage}`, 'Datastore.AllocateSpace');
  const bytes = newSize(params.required('size'), volume.sizeBytes);
  if (bytes < volume.sizeBytes) die('shrinking disks is not supported');
  if (bytes === volume.sizeBytes) return;
  job.checkpoint();
  await cluster.latency.wait('proxmox.resize', vmName(vm), job.signal);
  cluster.storages.grow(volume, node, bytes);
  const resized = printDrive(changeDrive(drive, { size: formatSize(bytes) }));
  cluster.world.patchVm(vmid, { config: { ...vm.config, [slot]: resized } });
}

function newSize(text: string, currentBytes: number): number {
  const bytes = parseSize(text.replace(/^\+/, '')) ?? 0;
  return text.startsWith('+') ? currentBytes + bytes : bytes;
}
