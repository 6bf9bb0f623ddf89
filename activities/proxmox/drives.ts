/** Reads the drives out of a VM's configuration. */
import { parseProperties, splitList } from './property-string.js';
import type { VmConfig } from './records.js';

export interface Drive {
  /** Such as `scsi0`. */
  readonly slot: string;
  /** Volume id, or `none` for an empty CD-ROM drive. */
  readonly volume: string;
  readonly isCdrom: boolean;
  /** A drive whose content Proxmox VE makes itself; it is labelled `cidata` as our own medium is. */
  readonly isCloudInit: boolean;
  readonly sizeGiB: number | null;
}

const DRIVE = /^(?:ide[0-3]|sata[0-5]|scsi(?:[12]?\d|30)|virtio(?:\d|1[0-5])|efidisk0|tpmstate0)$/;
const UNUSED = /^unused\d+$/;
const AUXILIARY = /^(?:efidisk|tpmstate)/;
const GIB_PER_UNIT: Readonly<Record<string, number>> = { K: 2 ** -20, M: 2 ** -10, G: 1, T: 2 ** 10 };
/** i440fx and q35 machines both have these; IDE comes first because any guest can boot with it. */
const CDROM_SLOTS = ['ide2', 'ide0', 'sata5', 'sata4'];

export function drivesOf(config: VmConfig): Drive[] {
  return Object.entries(config)
    .filter(([option]) => DRIVE.test(option))
    .map(([slot, value]) => driveOf(slot, String(value)));
}

/** Disks that are attached no longer and still belong to the VM. */
export function unusedDrives(config: VmConfig): Drive[] {
  return Object.entries(config)
    .filter(([option]) => UNUSED.test(option))
    .map(([slot, value]) => driveOf(slot, String(value)));
}

/** Volumes that destroying the VM frees, `unusedN` included; CD-ROM media are not among them. */
export function ownVolumes(config: VmConfig): string[] {
  const drives = [...drivesOf(config), ...unusedDrives(config)].filter(
    ({ isCdrom, isCloudInit }) => !isCdrom || isCloudInit,
  );
  return drives.map(({ volume }) => volume).filter((volume) => volume.includes(':'));
}

/** The first disk in the boot order, else the first there is. */
export function bootDisk(config: VmConfig): Drive | undefined {
  const disks = drivesOf(config).filter(({ isCdrom, slot }) => !isCdrom && !AUXILIARY.test(slot));
  const order = /(?:^|,)order=([^,]+)/.exec(String(config['boot'] ?? ''))?.[1] ?? '';
  const ordered = splitList(order).flatMap((slot) => disks.filter((disk) => disk.slot === slot));
  return ordered[0] ?? disks.toSorted((a, b) => (a.slot < b.slot ? -1 : 1))[0];
}

/**
 * The drives that our media go into, in their order: the one that a medium is in already, else the first that is no disk.
 * @returns `undefined` when there is no room for all.
 */
export function cdromSlots(config: VmConfig, volumes: readonly string[]): string[] | undefined {
  const drives = drivesOf(config);
  const attached = volumes.map((volume) => drives.find((drive) => drive.volume === volume)?.slot);
  const taken = new Set(attached);
  const free = CDROM_SLOTS.filter(
    (slot) => !taken.has(slot) && drives.every((drive) => drive.slot !== slot || drive.isCdrom),
  );
  const slots = attached.map((slot) => slot ?? free.shift());
  return slots.every((slot) => slot !== undefined) ? slots : undefined;
}

function driveOf(slot: string, text: string): Drive {
  const properties = parseProperties(text, 'file');
  const volume = properties.get('file') ?? '';
  const isCloudInit = /(?:^|[:-])cloudinit(?:$|\.)/.test(volume);
  return {
    slot,
    volume,
    isCdrom: properties.get('media') === 'cdrom' || volume === 'cdrom' || isCloudInit,
    isCloudInit,
    sizeGiB: sizeGiB(properties.get('size')),
  };
}

function sizeGiB(text: string | undefined): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGT])?$/.exec(text ?? '');
  if (match === null) return null;
  return Number(match[1]) * (match[2] === undefined ? 2 ** -30 : (GIB_PER_UNIT[match[2]] ?? 1));
}
