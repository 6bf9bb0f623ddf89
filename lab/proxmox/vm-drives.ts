/** Makes the drives that a create or a change of the configuration asks for. */
import { qcow2DiskBytes } from '../images/qcow2.js';
import { die } from './api-error.js';
import type { Cluster } from './cluster.js';
import { formatSize } from './disk-size.js';
import {
  changeDrive,
  isCdrom,
  isCloudInit,
  newDisk,
  parseDrive,
  parseVolumeId,
  printDrive,
} from './drive.js';
import type { Drive } from './drive.js';
import type { Options, VolumeRecord } from './records.js';
import { volumeId, volumePath } from './storages.js';
import { drivesOf } from './vm-config.js';
import type { Job } from './tasks.js';

const GIB = 2 ** 30;
const CLOUD_INIT_BYTES = 4 * 2 ** 20;

export interface DriveRequest {
  readonly cluster: Cluster;
  readonly node: string;
  readonly vmid: number;
  /** For the record of what took how long. */
  readonly name: string;
  readonly defaultStorage: string | null;
  readonly job: Pick<Job, 'print' | 'signal'>;
  /** The configuration as it is, to find a second cloud-init drive. */
  readonly config: Options;
}

/**
 * Allocates, imports or looks up the volume of each drive among the options.
 * @returns the drives as the configuration will have them. On failure everything made here is freed again.
 * @throws ApiError with Proxmox VE's text.
 */
export async function createDrives(request: DriveRequest, options: Options): Promise<Record<string, string>> {
  const made: VolumeRecord[] = [];
  const result: Record<string, string> = {};
  try {
    for (const { slot, drive } of drivesOf(options)) {
      result[slot] = await createDrive(request, slot, drive, made, { ...request.config, ...result });
    }
    return result;
  } catch (error) {
    if (!request.job.signal.aborted) await freeAll(request, made);
    throw error;
  }
}

async function createDrive(
  request: DriveRequest,
  slot: string,
  drive: Drive,
  made: VolumeRecord[],
  config: Options,
): Promise<string> {
  if (drive.file === 'none' || drive.file === 'cdrom')
    return printDrive(changeDrive(drive, { size: undefined }));
  const parsed = parseVolumeId(drive.file);
  if (parsed?.name === 'cloudinit') {
    refuseSecondCloudInit(slot, config);
    const volume = await allocateCloudInit(request, parsed.storage);
    made.push(volume);
    return announce(
      request,
      slot,
      changeDrive(drive, { file: volumeId(volume), media: 'cdrom', size: '4M' }),
    );
  }
  const fresh = newDisk(drive.file);
  if (fresh !== undefined) {
    const storage =
      fresh.storage ?? request.defaultStorage ?? die('no storage ID specified (and no default storage)');
    const volume = await allocate(request, storage, fresh.sizeGiB * GIB, drive.properties.get('import-from'));
    made.push(volume);
    const changes = {
      file: volumeId(volume),
      size: formatSize(volume.sizeBytes),
      format: undefined,
      'import-from': undefined,
    };
    return announce(request, slot, changeDrive(drive, changes));
  }
  const volume =
    request.cluster.storages.find(drive.file, request.node) ?? die(`volume ${drive.file} does not exist`);
  if (isCloudInit(drive)) refuseSecondCloudInit(slot, config);
  const media = volume.content === 'iso' && !isCdrom(drive) ? { media: 'cdrom' } : {};
  return printDrive(changeDrive(drive, { size: formatSize(volume.sizeBytes), ...media }));
}

async function allocate(
  request: DriveRequest,
  storage: string,
  sizeBytes: number,
  importFrom: string | undefined,
): Promise<VolumeRecord> {
  const { cluster, node, vmid, job } = request;
  const source = importFrom === undefined ? undefined : cluster.storages.find(importFrom, node);
  if (importFrom !== undefined && source === undefined) {
    die(`cannot import from '${importFrom}' - volume ${importFrom} does not exist`);
  }
  const volume = await cluster.storages.locked(storage, node, job.signal, async (signal) => {
    const lock = cluster.storages.lockOf(storage, node);
    await cluster.latency.wait('proxmox.allocate', request.name, signal, lock);
    return cluster.storages.add(storage, node, {
      name: cluster.storages.nextDiskName(storage, node, vmid),
      content: 'images',
      format: 'raw',
      vmid,
      sizeBytes: source === undefined ? sizeBytes : diskBytes(cluster, source),
      parent: null,
      image: source === undefined ? '' : source.image || source.name,
    });
  });
  // The bulk data of an import is copied outside the storage's lock.
  if (source !== undefined) await cluster.latency.wait('proxmox.import', request.name, job.signal);
  return volume;
}

/** Of an image file it is not the size of the file. @throws ApiError in QEMU's words when it is no such image. */
function diskBytes(cluster: Cluster, source: VolumeRecord): number {
  if (source.content !== 'import' || source.format !== 'qcow2') return source.sizeBytes;
  const bytes = qcow2DiskBytes(cluster.contents.get(source.id) ?? new Uint8Array());
  if (bytes !== undefined) return bytes;
  const path = volumePath(source, cluster.storages.get(source.storage));
  return die(`qemu-img: Could not open '${path}': Image is not in qcow2 format`);
}

/** Also used by a clone, which never shares the cloud-init drive of its source. */
export async function allocateCloudInit(
  request: Pick<DriveRequest, 'cluster' | 'node' | 'vmid' | 'name' | 'job'>,
  storage: string,
): Promise<VolumeRecord> {
  const { cluster, node, vmid, job } = request;
  return cluster.storages.locked(storage, node, job.signal, async (signal) => {
    const name = `vm-${vmid}-cloudinit`;
    if (cluster.storages.find(`${storage}:${name}`, node) !== undefined) {
      die(`zfs error: cannot create 'rpool/data/${name}': dataset already exists`);
    }
    const lock = cluster.storages.lockOf(storage, node);
    await cluster.latency.wait('proxmox.allocate', request.name, signal, lock);
    return cluster.storages.add(storage, node, {
      name,
      content: 'images',
      format: 'raw',
      vmid,
      sizeBytes: CLOUD_INIT_BYTES,
      parent: null,
      image: '',
    });
  });
}

function refuseSecondCloudInit(slot: string, config: Options): void {
  const other = drivesOf(config).find((attached) => attached.slot !== slot && isCloudInit(attached.drive));
  if (other !== undefined) die(`${slot} - cloud-init drive is already attached at '${other.slot}'`);
}

function announce(request: DriveRequest, slot: string, drive: Drive): string {
  const text = printDrive(drive);
  request.job.print(`${slot}: successfully created disk '${text}'`);
  return text;
}

async function freeAll(request: DriveRequest, volumes: readonly VolumeRecord[]): Promise<void> {
  for (const volume of volumes) {
    await request.cluster.storages.free(volume, request.node, request.job.signal);
  }
}

/** True when the text names a drive that still has to be made. */
export function asksForNewVolume(text: string): boolean {
  const drive = parseDrive(text);
  return drive !== undefined && (newDisk(drive.file) !== undefined || drive.file.endsWith(':cloudinit'));
}
