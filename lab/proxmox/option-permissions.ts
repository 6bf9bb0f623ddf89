/** Who may set which options of a VM, and with which storages and bridges. */
import { die, refuseParameters } from './api-error.js';
import type { Cluster } from './cluster.js';
import {
  changeDrive,
  isCdrom,
  isCloudInit,
  isDriveName,
  newDisk,
  parseDrive,
  parseVolumeId,
} from './drive.js';
import { parseNic } from './nic.js';
import type { Options } from './records.js';
import type { Session } from './privileges.js';
import { privilegeFor } from './vm-options.js';

interface OptionContext {
  readonly cluster: Cluster;
  readonly session: Session;
  readonly node: string;
  readonly vmid: number;
  readonly pool: string | null;
}

/** @throws ApiError 403, or 500 for what only root@pam may set. */
export function checkOptionNames(context: OptionContext, names: readonly string[]): void {
  for (const name of names) {
    const needed = privilegeFor(name);
    switch (needed.kind) {
      case 'root-only':
        return die(`only root can set '${name}' config`);
      case 'privilege':
        if (needed.privilege === 'VM.Config.Cloudinit') {
          checkVm(context, ['VM.Config.Cloudinit', 'VM.Config.Network'], 'any');
        } else checkVm(context, [needed.privilege], 'all');
        break;
      case 'elsewhere':
        if (/^serial\d+$/.test(name)) checkVm(context, ['VM.Config.HWType'], 'all');
        else if (name === 'tags') checkVm(context, ['VM.Config.Options'], 'all');
        break;
    }
  }
}

/** Checks the values that name storages, volumes and bridges. @throws ApiError 400, 403 or 500. */
export function checkOptionValues(
  context: OptionContext,
  options: Options,
  defaultStorage: string | null,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (/^net\d+$/.test(name)) checkBridge(context, name, value);
    if (/^serial\d+$/.test(name) && value !== 'socket')
      die(`only root can set '${name}' config for real devices`);
    if (isDriveName(name)) checkDrive(context, name, value, defaultStorage);
  }
}

/** `cdrom` is another name for ide2. */
export function resolveCdromAlias(options: Options): Options {
  const { cdrom, ...others } = options;
  if (cdrom === undefined) return options;
  const drive = parseDrive(cdrom);
  if (drive === undefined) return options;
  return { ...others, ide2: `${changeDrive(drive, { media: 'cdrom' }).file},media=cdrom` };
}

function checkVm(context: OptionContext, privileges: readonly string[], how: 'any' | 'all'): void {
  const { session, pool, vmid } = context;
  const enough = (path: string): boolean =>
    how === 'all' ? session.has(path, ...privileges) : privileges.some((one) => session.has(path, one));
  if (pool !== null && enough(`/pool/${pool}`)) return;
  if (how === 'all') session.check(`/vms/${vmid}`, ...privileges);
  else session.checkAny(`/vms/${vmid}`, privileges);
}

function checkBridge(context: OptionContext, name: string, value: string): void {
  const nic = parseNic(value);
  if (nic === undefined) refuseParameters({ [name]: 'invalid format - unable to parse network options' });
  if (nic.bridge === null) return;
  const path = `/sdn/zones/localnetwork/${nic.bridge}`;
  context.session.check(nic.vlan === null ? path : `${path}/${nic.vlan}`, 'SDN.Use');
}

function checkDrive(
  context: OptionContext,
  slot: string,
  value: string,
  defaultStorage: string | null,
): void {
  const { cluster, session, node, vmid } = context;
  const drive = parseDrive(value);
  if (drive === undefined) refuseParameters({ [slot]: 'invalid format - unable to parse drive options' });
  checkDrivePrivilege(context, value);
  if (drive.file === 'none') return;
  if (drive.file === 'cdrom') {
    session.check('/', 'Sys.Console');
    return;
  }
  if (drive.file.startsWith('/')) die('Only root can pass arbitrary filesystem paths.');
  const fresh = newDisk(drive.file);
  const cloudInit = parseVolumeId(drive.file)?.name === 'cloudinit';
  const target = fresh === undefined ? parseVolumeId(drive.file)?.storage : (fresh.storage ?? defaultStorage);
  if (target === undefined || target === null) die('no storage ID specified (and no default storage)');
  const storage = cluster.storages.get(target);
  if (fresh !== undefined || cloudInit) {
    session.check(`/storage/${target}`, 'Datastore.AllocateSpace');
    if (!storage.content.includes('images')) {
      refuseParameters({ storage: `storage '${target}' does not support vm images` });
    }
  } else {
    const volume = cluster.storages.find(drive.file, node) ?? die(`volume ${drive.file} does not exist`);
    if (volume.vmid === null)
      session.checkAny(`/storage/${target}`, ['Datastore.AllocateSpace', 'Datastore.Audit']);
    else if (volume.vmid !== vmid) session.check(`/storage/${target}`, 'Datastore.Allocate');
    if (volume.content !== 'images' && volume.content !== 'iso') {
      die(`cannot use volume ${drive.file} - content type needs to be 'images' or 'iso'`);
    }
  }
  const source = drive.properties.get('import-from');
  if (source !== undefined) {
    if (fresh?.sizeGiB !== 0) {
      const how = "'import-from' requires special syntax - use <storage ID>:0,import-from=<source>";
      refuseParameters({ [slot]: how });
    }
    checkImport(context, slot, source);
  }
}

export function checkDrivePrivilege(context: OptionContext, value: string): void {
  const drive = parseDrive(value);
  if (drive === undefined) return;
  if (isCloudInit(drive)) checkVm(context, ['VM.Config.Cloudinit', 'VM.Config.CDROM'], 'all');
  else checkVm(context, [isCdrom(drive) ? 'VM.Config.CDROM' : 'VM.Config.Disk'], 'all');
}

function checkImport(context: OptionContext, slot: string, source: string): void {
  const { cluster, session, node } = context;
  const storage = parseVolumeId(source)?.storage;
  if (storage === undefined) die('Only root can pass arbitrary filesystem paths.');
  cluster.storages.get(storage);
  session.checkAny(`/storage/${storage}`, ['Datastore.AllocateSpace', 'Datastore.Audit']);
  const volume = cluster.storages.find(source, node) ?? die(`volume ${source} does not exist`);
  if (volume.content !== 'images' && volume.content !== 'import') {
    refuseParameters({
      [slot]: `${source} has wrong type '${volume.content}' - needs to be 'images' or 'import'`,
    });
  }
}
