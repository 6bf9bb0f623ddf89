/** Writes changes into a configuration: at once, or as pending what a running VM cannot take over. */
import { errorText } from './api-error.js';
import type { Cluster } from './cluster.js';
import { isCdrom, isCloudInit, isDriveName, isUnused, parseDrive } from './drive.js';
import type { Options, VmRecord } from './records.js';
import type { Job } from './tasks.js';
import { withPending, withUnused } from './vm-config.js';

export interface ConfigChange {
  readonly set: Options;
  readonly remove: readonly string[];
  /** Pending changes to take back. */
  readonly revert: readonly string[];
  /** Frees removed disks instead of keeping them as `unusedN`. */
  readonly force: boolean;
}

/** Options that take effect on a running VM, with the default of `hotplug=network,disk,usb`. */
const LIVE =
  /^(?:name|description|tags|onboot|protection|startup|autostart|reboot|hotplug|agent|net\d+|scsi\d+|virtio\d+|unused\d+|ipconfig\d+|ci[a-z]+|nameserver|searchdomain|sshkeys)$/;

/** @throws ApiError when a disk that is to be freed cannot be. */
export async function applyChanges(
  cluster: Cluster,
  before: VmRecord,
  change: ConfigChange,
  job: Job,
): Promise<void> {
  const pending: Record<string, string> = { ...before.pending, ...changed(before, change.set) };
  const pendingDelete = new Set([...before.pendingDelete, ...change.remove]);
  for (const name of change.revert) {
    delete pending[name];
    pendingDelete.delete(name);
  }
  for (const name of Object.keys(change.set)) pendingDelete.delete(name);
  for (const name of change.remove) delete pending[name];
  for (const [name, value] of Object.entries(change.set))
    if (before.config[name] === value) delete pending[name];

  const running = before.startedAt !== null;
  const applies = (name: string, value: string | undefined): boolean =>
    !running || LIVE.test(name) || changesMedium(before.config[name], value);
  const now = Object.entries(pending).filter(([name, value]) => applies(name, value));
  const gone = [...pendingDelete].filter((name) => applies(name, undefined));

  let config: Options = before.config;
  const detached: string[] = [];
  for (const name of [...gone, ...now.map(([changedName]) => changedName)]) {
    const volid = ownVolume(cluster, before, name);
    const replaced = parseDrive(Object.fromEntries(now)[name] ?? '')?.file === volid;
    if (volid !== undefined && !replaced) detached.push(volid);
    config = withoutOption(config, name);
  }
  config = { ...config, ...Object.fromEntries(now) };
  const kept = detached.filter((volid) => !change.force && !isFreedWhenDetached(volid, gone, before));
  for (const volid of kept) config = withUnused(config, volid);
  cluster.world.patchVm(before.vmid, {
    config,
    pending: Object.fromEntries(Object.entries(pending).filter(([name, value]) => !applies(name, value))),
    pendingDelete: [...pendingDelete].filter((name) => !applies(name, undefined)),
  });
  for (const volid of detached) if (!kept.includes(volid)) await free(cluster, before, volid, job);
}

function changed(vm: VmRecord, set: Options): Options {
  const current = withPending(vm);
  return Object.fromEntries(
    Object.entries(set).filter(([name, value]) => current[name] !== value || vm.pending[name] !== undefined),
  );
}

/** Another disc in the drive of a running VM: the drive itself stays. */
function changesMedium(before: string | undefined, after: string | undefined): boolean {
  const [old, fresh] = [parseDrive(before ?? ''), parseDrive(after ?? '')];
  return old !== undefined && fresh !== undefined && isCdrom(old) && isCdrom(fresh) && !isCloudInit(fresh);
}

/** The volume behind a drive, when it belongs to this VM. */
function ownVolume(cluster: Cluster, vm: VmRecord, option: string): string | undefined {
  if (!isDriveName(option) && !isUnused(option)) return undefined;
  const drive = parseDrive(vm.config[option] ?? '');
  if (drive === undefined) return undefined;
  return cluster.storages.find(drive.file, vm.node)?.vmid === vm.vmid ? drive.file : undefined;
}

/** Cloud-init drives are made anew when they are wanted; removing an `unusedN` is what frees the disk. */
function isFreedWhenDetached(volid: string, gone: readonly string[], vm: VmRecord): boolean {
  const unused = gone.some((name) => isUnused(name) && parseDrive(vm.config[name] ?? '')?.file === volid);
  return unused || isCloudInit({ file: volid, properties: new Map() });
}

function withoutOption(options: Options, name: string): Options {
  const { [name]: _removed, ...others } = options;
  return others;
}

async function free(cluster: Cluster, vm: VmRecord, volid: string, job: Job): Promise<void> {
  const volume = cluster.storages.find(volid, vm.node);
  if (volume === undefined) return;
  try {
    await cluster.storages.free(volume, vm.node, job.signal);
  } catch (error) {
    if (job.signal.aborted) throw error;
    job.warn(`Could not remove disk '${volid}', check manually: ${errorText(error)}`);
  }
}
