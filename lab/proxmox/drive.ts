/** Drives in a VM's configuration: `local-zfs:vm-100-disk-0,size=8G` and CD-ROMs with `media=cdrom`. */
import { parseSize } from './disk-size.js';
import { anyText, matching, parseProperties, printProperties } from './property-string.js';
import type { Properties, PropertyFormat } from './property-string.js';

const DRIVE_COUNTS: Readonly<Record<string, number>> = { ide: 4, sata: 6, scsi: 31, virtio: 16 };

export const DRIVE_NAMES: readonly string[] = [
  ...Object.entries(DRIVE_COUNTS).flatMap(([bus, count]) =>
    Array.from({ length: count }, (_, index) => `${bus}${index}`),
  ),
  'efidisk0',
  'tpmstate0',
];

const FLAG = matching(/^(?:[01]|on|off|yes|no|true|false)$/);
const COUNT = matching(/^\d+$/);

export const DRIVE_FORMAT: PropertyFormat = {
  defaultKey: 'file',
  keys: {
    file: anyText,
    media: matching(/^(?:cdrom|disk)$/),
    size: (value) => (parseSize(value) === undefined ? 'value does not match the regex pattern' : undefined),
    'import-from': anyText,
    format: matching(/^(?:raw|qcow2|vmdk|subvol)$/),
    cache: matching(/^(?:none|writethrough|writeback|unsafe|directsync)$/),
    aio: matching(/^(?:native|threads|io_uring)$/),
    discard: matching(/^(?:ignore|on)$/),
    detect_zeroes: FLAG,
    iothread: FLAG,
    ssd: FLAG,
    backup: FLAG,
    replicate: FLAG,
    ro: FLAG,
    shared: FLAG,
    snapshot: FLAG,
    queues: COUNT,
    serial: matching(/^.{1,60}$/),
    wwn: matching(/^0x[0-9a-fA-F]{16}$/),
    werror: matching(/^(?:enospc|ignore|report|stop)$/),
    rerror: matching(/^(?:ignore|report|stop)$/),
    efitype: matching(/^[24]m$/),
    'pre-enrolled-keys': FLAG,
    version: matching(/^v(?:1\.2|2\.0)$/),
    mbps: anyText,
    mbps_rd: anyText,
    mbps_wr: anyText,
    iops: COUNT,
    iops_rd: COUNT,
    iops_wr: COUNT,
  },
};

export interface Drive {
  /** Volume ID, `none`, `cdrom`, or `STORAGE:SIZE` for one that is to be made. */
  readonly file: string;
  readonly properties: Properties;
}

export function isDriveName(option: string): boolean {
  return DRIVE_NAMES.includes(option);
}

export function isUnused(option: string): boolean {
  return /^unused\d+$/.test(option);
}

/** @returns `undefined` when the text is no drive. */
export function parseDrive(text: string): Drive | undefined {
  const parsed = parseProperties(text, DRIVE_FORMAT);
  const file = parsed.kind === 'parsed' ? parsed.properties.get('file') : undefined;
  if (parsed.kind === 'refused' || file === undefined) return undefined;
  return { file, properties: parsed.properties };
}

/** The drive with some properties set, or left out where the value is `undefined`. */
export function changeDrive(drive: Drive, changes: Readonly<Record<string, string | undefined>>): Drive {
  const properties = new Map(drive.properties);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) properties.delete(key);
    else properties.set(key, value);
  }
  return { file: properties.get('file') ?? drive.file, properties };
}

export function printDrive(drive: Drive): string {
  return printProperties(drive.properties, 'file');
}

/** True of cloud-init drives too. */
export function isCdrom(drive: Drive): boolean {
  return drive.properties.get('media') === 'cdrom' || isCloudInit(drive);
}

export function isCloudInit(drive: Drive): boolean {
  return /(?:^|[:-])cloudinit(?:$|\.)/.test(drive.file);
}

/** `STORAGE:SIZE`: a disk that is to be made, with its size in GiB. */
export function newDisk(
  file: string,
): { readonly storage: string | null; readonly sizeGiB: number } | undefined {
  const match = /^(?:([^/:\s]+):)?(\d+(?:\.\d+)?)$/.exec(file);
  if (match === null) return undefined;
  return { storage: match[1] ?? null, sizeGiB: Number(match[2]) };
}

/** Splits `storage:name`; `undefined` when it is no volume ID. */
export function parseVolumeId(
  volid: string,
): { readonly storage: string; readonly name: string } | undefined {
  const match = /^([a-zA-Z][a-zA-Z0-9\-_.]*[a-zA-Z0-9]):(.+)$/.exec(volid);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { storage: match[1], name: match[2] };
}
