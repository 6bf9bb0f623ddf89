/** `POST /nodes/{node}/qemu/{vmid}/clone`: the new VMID is claimed only inside the worker. */
import { randomUUID } from 'node:crypto';
import { die, errorText, refuseParameters, refusePermission } from './api-error.js';
import { hostNamed, loadVm, vmLock } from './cluster.js';
import type { Cluster } from './cluster.js';
import { formatSize } from './disk-size.js';
import {
  changeDrive,
  isCdrom,
  isCloudInit,
  isDriveName,
  isUnused,
  parseVolumeId,
  printDrive,
} from './drive.js';
import type { Drive } from './drive.js';
import type { Call } from './endpoint.js';
import { parseNic, printNic, randomMac } from './nic.js';
import type { Options, VmRecord, VolumeRecord } from './records.js';
import { withSmbiosUuid } from './smbios.js';
import { volumeId } from './storages.js';
import type { Job } from './tasks.js';
import { checkLock, drivesOf, isTemplate, vmName } from './vm-config.js';
import { allocateCloudInit } from './vm-drives.js';

interface CloneRequest {
  readonly cluster: Cluster;
  readonly call: Call;
  readonly node: string;
  readonly vmid: number;
  readonly newid: number;
  readonly target: string | null;
  readonly storage: string | null;
}

interface ClonePlan {
  readonly source: VmRecord;
  readonly full: boolean;
  readonly config: Options;
  /** The disks that are to be cloned. */
  readonly drives: readonly { readonly slot: string; readonly drive: Drive }[];
}

/** @returns the UPID of the `qmclone` task; its id is the *source's* VMID. @throws ApiError from the early checks. */
export function cloneVm(cluster: Cluster, call: Call): string {
  const { session, params } = call;
  const node = hostNamed(cluster, params.required('node')).name;
  const target = params.text('target') ?? null;
  const request: CloneRequest = {
    cluster,
    call,
    node,
    vmid: Number(params.required('vmid')),
    newid: Number(params.required('newid')),
    target: target === node ? null : target,
    storage: params.text('storage') ?? null,
  };
  const running = isRunning(request);
  checkedPlan(request);
  return cluster.tasks.start(
    { node, type: 'qmclone', id: String(request.vmid), user: session.tokenId },
    (job) => {
      const { cloneLockMs } = cluster.timing;
      return cluster.locks.run(vmLock(node, request.vmid, cloneLockMs, job.signal, !running), () =>
        cluster.locks.run(vmLock(node, request.newid, cloneLockMs, job.signal), () => clone(request, job)),
      );
    },
  );
}

function isRunning({ cluster, vmid }: CloneRequest): boolean {
  return (cluster.world.vms.get(vmid)?.startedAt ?? null) !== null;
}

/** The checks that are made before the fork and again inside the worker. */
function checkedPlan(request: CloneRequest): ClonePlan {
  const { cluster, call, node, vmid, newid, target, storage } = request;
  const { params, session } = call;
  const pool = params.text('pool');
  if (pool !== undefined && !cluster.inventory.pools.includes(pool)) {
    refusePermission(`pool '${pool}' does not exist`);
  }
  if (target !== null && !cluster.inventory.hosts.some((host) => host.name === target)) {
    die(`no such cluster node '${target}'`);
  }
  if (storage !== null) {
    const definition = cluster.storages.get(storage);
    if (!definition.content.includes('images')) {
      refuseParameters({ storage: `storage '${storage}' does not support vm images` });
    }
    if (target !== null && !definition.shared) die(`can't clone to non-shared storage '${storage}'`);
  }
  const source = loadVm(cluster, node, vmid);
  checkLock(source);
  const full = params.text('full') === undefined ? !isTemplate(source) : params.flag('full');
  if (storage !== null && !full) die("parameter 'storage' not allowed for linked clones");
  if (params.text('format') !== undefined && !full) die("parameter 'format' not allowed for linked clones");
  const shared = checkStorages(request, source);
  if (target !== null && !shared) die(`can't clone VM to node '${target}' (VM uses local storage)`);
  const taken = cluster.world.vms.get(newid);
  if (taken !== undefined && taken.node === node) {
    die(`unable to create VM ${newid}: config file already exists`);
  }
  const drives = drivesOf(source.config).filter(({ drive }) => !isCdrom(drive) || isCloudInit(drive));
  for (const { slot, drive } of drives) {
    if (!full && !isCloudInit(drive) && !/:base-[^/]+$/.test(drive.file)) {
      die(`Linked clone feature is not supported for '${drive.file}' (${slot})`);
    }
  }
  session.checkAny(`/vms/${vmid}`, ['VM.Clone']);
  return { source, full, config: newConfig(request, source), drives };
}

/** @returns whether all volumes of the source, its CD-ROMs included, lie on shared storages. */
function checkStorages({ cluster, call, storage }: CloneRequest, source: VmRecord): boolean {
  let shared = true;
  for (const { drive } of drivesOf(source.config)) {
    const id = parseVolumeId(drive.file)?.storage;
    if (id === undefined) continue;
    if (!cluster.storages.get(id).shared) shared = false;
    if (!isCdrom(drive)) call.session.check(`/storage/${storage ?? id}`, 'Datastore.AllocateSpace');
  }
  return shared;
}

/** All of the source but its disks: new MAC addresses and UUID, the name and description of the call. */
function newConfig({ call, vmid }: CloneRequest, source: VmRecord): Options {
  const config: Record<string, string> = {};
  for (const [option, value] of Object.entries(source.config)) {
    if (isUnused(option) || option === 'template') continue;
    const nic = /^net\d+$/.test(option) ? parseNic(value) : undefined;
    if (nic !== undefined) config[option] = printNic({ ...nic, mac: randomMac() });
    else if (!isDriveName(option)) config[option] = value;
  }
  for (const { slot, drive } of drivesOf(source.config)) {
    if (isCdrom(drive) && !isCloudInit(drive)) config[slot] = printDrive(drive);
  }
  const description = call.params.text('description') ?? config['description'];
  return {
    ...config,
    smbios1: withSmbiosUuid(config['smbios1'], randomUUID()),
    ...(config['vmgenid'] === undefined ? {} : { vmgenid: randomUUID() }),
    name: call.params.text('name') ?? `Copy-of-VM-${source.config['name'] ?? vmid}`,
    ...(description === undefined ? {} : { description }),
  };
}

async function clone(request: CloneRequest, job: Job): Promise<void> {
  const { cluster, call, node, vmid, newid, target } = request;
  const plan = checkedPlan(request);
  job.print(`creating a clone of VM ${vmid} with ID ${newid}`);
  claim(request);
  const made: VolumeRecord[] = [];
  let config = plan.config;
  try {
    job.checkpoint();
    for (const { slot, drive } of plan.drives) {
      const volume = await cloneDrive(request, plan, slot, drive, job, made);
      const changes = { file: volumeId(volume), size: formatSize(volume.sizeBytes), format: undefined };
      config = { ...config, [slot]: printDrive(changeDrive(drive, changes)) };
      // Only now, with its first disk cloned, does the configuration say more than the lock.
      cluster.world.patchVm(newid, { config: { ...config, lock: 'clone' } });
    }
    cloneFirewall(request);
    cluster.world.patchVm(newid, {
      config,
      node: target ?? node,
      pool: call.params.text('pool') ?? null,
    });
    cluster.datacenter.copyVm(vmid, newid);
  } catch (error) {
    if (job.signal.aborted) throw error;
    for (const volume of made) await freeOrPrint(request, volume, job);
    cluster.datacenter.forgetVm(newid);
    cluster.world.removeVm(newid);
    die(`clone failed: ${errorText(error)}`);
  }
}

/** Until the first disk is cloned the new configuration file holds nothing but the lock. */
function claim({ cluster, node, newid }: CloneRequest): void {
  if (cluster.world.vms.has(newid)) {
    die(`unable to create file '/etc/pve/nodes/${node}/qemu-server/${newid}.conf' - File exists`);
  }
  cluster.world.putVm({
    vmid: newid,
    node,
    config: { lock: 'clone' },
    pending: {},
    pendingDelete: [],
    pool: null,
    startedAt: null,
  });
}

/** The rules of the source apply to the clone, too. */
function cloneFirewall({ cluster, vmid, newid }: CloneRequest): void {
  const { firewalls } = cluster.datacenter.record;
  const firewall = firewalls[vmid];
  if (firewall !== undefined) cluster.datacenter.change({ firewalls: { ...firewalls, [newid]: firewall } });
}

async function cloneDrive(
  request: CloneRequest,
  plan: ClonePlan,
  slot: string,
  drive: Drive,
  job: Job,
  made: VolumeRecord[],
): Promise<VolumeRecord> {
  const { cluster, node, newid, storage } = request;
  const source = cluster.storages.find(drive.file, node) ?? die(`volume '${drive.file}' does not exist`);
  const full = plan.full || isCloudInit(drive);
  job.print(`create ${full ? 'full' : 'linked'} clone of drive ${slot} (${drive.file})`);
  const name = plan.config['name'] ?? vmName(plan.source);
  if (isCloudInit(drive)) {
    const target = { cluster, node, vmid: newid, name, job };
    const volume = await allocateCloudInit(target, storage ?? source.storage);
    made.push(volume);
    return volume;
  }
  const targetStorage = storage ?? source.storage;
  // An LVM-thin volume does not know what it is a snapshot of, so that nothing keeps its base from being removed.
  const parent = full || cluster.storages.get(targetStorage).type === 'lvmthin' ? null : source.name;
  const volume = await cluster.storages.locked(targetStorage, node, job.signal, async (signal) => {
    // A linked clone is made inside the storage's lock; the bulk data of a full one is copied outside.
    const kind = full ? 'proxmox.allocate' : 'proxmox.linked-clone';
    await cluster.latency.wait(kind, name, signal, cluster.storages.lockOf(targetStorage, node));
    const disk = cluster.storages.nextDiskName(targetStorage, node, newid);
    const fresh = cluster.storages.add(targetStorage, node, {
      name: parent === null ? disk : `${parent}/${disk}`,
      content: 'images',
      format: 'raw',
      vmid: newid,
      sizeBytes: source.sizeBytes,
      parent,
      image: source.image,
    });
    made.push(fresh);
    return fresh;
  });
  if (full) await cluster.latency.wait('proxmox.full-clone', name, job.signal);
  return volume;
}

async function freeOrPrint({ cluster, node }: CloneRequest, volume: VolumeRecord, job: Job): Promise<void> {
  try {
    await cluster.storages.free(volume, node, job.signal);
  } catch (error) {
    job.print(errorText(error));
  }
}
