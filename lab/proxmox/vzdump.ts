/** What the worker of `vzdump` does: one host backs up one guest at a time, and each is locked meanwhile. */
import { die, errorText, refuseParameters } from './api-error.js';
import { loadVm, vmLock } from './cluster.js';
import type { Cluster } from './cluster.js';
import { isCdrom } from './drive.js';
import type { Session } from './privileges.js';
import { matching, parseProperties } from './property-string.js';
import type { VmRecord, VolumeRecord } from './records.js';
import { volumeId } from './storages.js';
import type { Job } from './tasks.js';
import { checkLock, drivesOf, vmName } from './vm-config.js';
import { machineOf } from './vm-machine.js';
import { powerOff } from './vm-power.js';

export type VzdumpMode = 'snapshot' | 'suspend' | 'stop';

/** Endings of the file's name. */
export const COMPRESSIONS = {
  '0': 'vma',
  '1': 'vma.lzo',
  gzip: 'vma.gz',
  lzo: 'vma.lzo',
  zstd: 'vma.zst',
} as const;
export type Compression = keyof typeof COMPRESSIONS;

export interface VzdumpRequest {
  readonly node: string;
  readonly vmids: readonly number[];
  readonly storage: string;
  readonly session: Session;
  readonly mode: VzdumpMode;
  readonly compression: Compression;
  readonly notesTemplate: string | null;
  readonly isProtected: boolean;
  /** How many backups of the guest are kept, this one included; `null`: all. */
  readonly keep: number | null;
  readonly lockWaitMinutes: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** What is left of a disk whose blocks are mostly empty. */
const ARCHIVE_SHARE = 8;
const GIVEN_UP = "can't acquire lock '/var/run/vzdump.lock' - got timeout";
const COUNT = matching(/^\d+$/);
const PRUNE_FORMAT = { keys: { 'keep-all': matching(/^[01]$/), 'keep-last': COUNT } };

/** @throws ApiError 400 for what is no rule, and for rules by hours, days and the like, which are not kept here. */
export function keptBackups(text: string | undefined): number | null {
  if (text === undefined) return null;
  const parsed = parseProperties(text, PRUNE_FORMAT);
  if (parsed.kind === 'refused') {
    return refuseParameters({ 'prune-backups': `invalid format - ${parsed.reason}\n` });
  }
  const last = parsed.properties.get('keep-last');
  return last === undefined ? null : Number(last);
}

/** @throws ApiError with the text that becomes the task's exit status: why a guest failed is in the log alone. */
export async function backUpVms(cluster: Cluster, request: VzdumpRequest, job: Job): Promise<void> {
  const { node, vmids, storage, session } = request;
  const signal = AbortSignal.any([job.signal, job.interruption]);
  const timeoutMs = request.lockWaitMinutes * MINUTE_MS;
  const lock = { name: `vzdump@${node}`, timeoutMs, timeoutMessage: GIVEN_UP, signal };
  await cluster.locks.run(lock, async () => {
    if (!cluster.storages.get(storage).content.includes('backup')) {
      die(
        `could not get storage information for '${storage}': can't use storage '${storage}' for backups - wrong content type`,
      );
    }
    for (const vmid of vmids) session.check(`/vms/${vmid}`, 'VM.Backup');
    job.print(`INFO: starting new backup job: vzdump ${vmids.join(' ')} --storage ${storage}`);
    const failed: number[] = [];
    for (const vmid of vmids) {
      try {
        await backUp(cluster, vmid, request, job, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        job.print(`ERROR: Backup of VM ${vmid} failed - ${errorText(error)}`);
        failed.push(vmid);
      }
    }
    if (failed.length > 0) die('job errors');
    job.print('INFO: Backup job finished successfully');
  });
}

async function backUp(
  cluster: Cluster,
  vmid: number,
  request: VzdumpRequest,
  job: Job,
  signal: AbortSignal,
): Promise<void> {
  const { node, mode } = request;
  job.print(`INFO: Starting Backup of VM ${vmid} (qemu)`);
  const vm = await cluster.locks.run(vmLock(node, vmid, cluster.timing.configLockMs, signal), async () => {
    const current = await Promise.resolve(loadVm(cluster, node, vmid));
    checkLock(current);
    cluster.world.patchVm(vmid, { config: { ...current.config, lock: 'backup' } });
    return current;
  });
  try {
    job.checkpoint();
    const isRunning = vm.startedAt !== null;
    job.print(`INFO: status = ${isRunning ? 'running' : 'stopped'}`);
    job.print(`INFO: backup mode: ${isRunning ? mode : 'stop'}`);
    if (isRunning && mode === 'stop') await restart(cluster, vmid, job.signal);
    await cluster.latency.wait('proxmox.backup', vmName(vm), signal);
    const archive = keepArchive(cluster, vm, request);
    job.print(`INFO: creating vzdump archive '${volumeId(archive)}'`);
    await prune(cluster, archive, request, job);
    job.print(`INFO: Finished Backup of VM ${vmid}`);
  } finally {
    // A worker that dies leaves the lock.
    if (!job.signal.aborted) unlock(cluster, vmid);
  }
}

/**
 * The guest is shut down, and starts again at once: what it has on its disks is copied as it was in between. Somebody who
 * stops the task has it started all the same.
 */
async function restart(cluster: Cluster, vmid: number, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  await Promise.race([cluster.machines.shutdown(vmid), aborted]);
  powerOff(cluster, vmid);
  const vm = cluster.world.vms.get(vmid);
  if (vm === undefined) return;
  const started = { ...vm, startedAt: Date.now() };
  cluster.world.putVm(started);
  cluster.machines.powerOn(machineOf(cluster, started));
}

/** @throws ApiError when there is no room. */
function keepArchive(cluster: Cluster, vm: VmRecord, request: VzdumpRequest): VolumeRecord {
  const { node, storage, compression, notesTemplate } = request;
  const ending = COMPRESSIONS[compression];
  const { name, ctime } = archiveName(cluster, vm.vmid, request, ending);
  const added = cluster.storages.add(storage, node, {
    ...{ name, content: 'backup', format: ending, vmid: vm.vmid, parent: null, image: '' },
    sizeBytes: Math.ceil(diskBytes(cluster, vm) / (compression === '0' ? 1 : ARCHIVE_SHARE)),
  });
  const archive: VolumeRecord = {
    ...added,
    ctime,
    ...(notesTemplate === null ? {} : { notes: notes(cluster, vm, notesTemplate) }),
    ...(request.isProtected ? { protected: true } : {}),
  };
  cluster.world.putVolume(archive);
  return archive;
}

/** Named for the second in which it begins: where nothing takes any time, for the next one that is free. */
function archiveName(
  { storages }: Cluster,
  vmid: number,
  { node, storage }: VzdumpRequest,
  ending: string,
): { readonly name: string; readonly ctime: number } {
  const taken = new Set(storages.volumes(node, storage).map(({ name }) => name));
  for (let at = Date.now(); ; at += SECOND_MS) {
    const [day = '', time = ''] = new Date(at).toISOString().slice(0, 19).split('T');
    const stamp = `${day.replaceAll('-', '_')}-${time.replaceAll(':', '_')}`;
    const name = `backup/vzdump-qemu-${vmid}-${stamp}.${ending}`;
    if (!taken.has(name)) return { name, ctime: Math.floor(at / SECOND_MS) };
  }
}

function diskBytes({ storages }: Cluster, vm: VmRecord): number {
  return drivesOf(vm.config)
    .filter(({ drive }) => !isCdrom(drive) && drive.properties.get('backup') !== '0')
    .reduce((sum, { drive }) => sum + (storages.find(drive.file, vm.node)?.sizeBytes ?? 0), 0);
}

/** Line ends are written as `\n`, and backslashes as `\\`. */
function notes({ inventory }: Cluster, vm: VmRecord, template: string): string {
  const values: Readonly<Record<string, string>> = {
    cluster: inventory.clusterName,
    guestname: vmName(vm),
    node: vm.node,
    vmid: String(vm.vmid),
  };
  return template
    .replaceAll(/\\(n|\\)/g, (_match, what: string) => (what === 'n' ? '\n' : '\\'))
    .replaceAll(/\{\{(\w+)\}\}/g, (match, name: string) => values[name] ?? match);
}

/** Of the same guest on the same storage, whoever made them, but not those that are protected. */
async function prune(
  cluster: Cluster,
  archive: VolumeRecord,
  { node, storage, keep }: VzdumpRequest,
  job: Job,
): Promise<void> {
  if (keep === null) return;
  const older = cluster.storages
    .volumes(node, storage)
    .filter(({ content, vmid }) => content === 'backup' && vmid === archive.vmid)
    .filter((volume) => volume.protected !== true)
    .sort((a, b) => b.ctime - a.ctime)
    .slice(keep);
  for (const volume of older) {
    job.print(`INFO: removing backup '${volumeId(volume)}'`);
    await cluster.storages.free(volume, node, job.signal);
  }
}

function unlock({ world }: Cluster, vmid: number): void {
  const { lock: _lock, ...config } = world.vms.get(vmid)?.config ?? {};
  world.patchVm(vmid, { config });
}
