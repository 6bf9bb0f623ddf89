/** Reading and rewriting a VM's configuration: digest, pending changes, and the form of an answer. */
import { createHash } from 'node:crypto';
import { die } from './api-error.js';
import { isCdrom, isDriveName, isUnused, parseDrive } from './drive.js';
import type { Drive } from './drive.js';
import { parseNic } from './nic.js';
import type { Nic } from './nic.js';
import { memoryMiB, splitList } from './option-format.js';
import type { Options, VmRecord } from './records.js';
import { isNumeric } from './vm-options.js';

export interface AttachedDrive {
  readonly slot: string;
  readonly drive: Drive;
}

/** SHA-1 over the whole configuration, pending changes included: what compare-and-set compares. */
export function digestOf(vm: VmRecord): string {
  const sorted = (options: Options): unknown => Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([sorted(vm.config), sorted(vm.pending), vm.pendingDelete]);
  return createHash('sha1').update(text).digest('hex');
}

/** @throws ApiError 500 `VM is locked (clone)`. */
export function checkLock(vm: VmRecord): void {
  const lock = vm.config['lock'];
  if (lock !== undefined) die(`VM is locked (${lock})`);
}

/** @throws ApiError 500 when the VM is protected against removal. */
export function checkProtection(vm: VmRecord, what: string): void {
  if (vm.config['protection'] === '1') die(`${what} - protection mode enabled`);
}

export function isTemplate(vm: VmRecord): boolean {
  return vm.config['template'] === '1';
}

/** Name in the configuration, or Proxmox VE's stand-in for it. */
export function vmName(vm: VmRecord): string {
  return vm.config['name'] ?? `VM ${vm.vmid}`;
}

/** The configuration as it will be when all pending changes have been applied. */
export function withPending(vm: VmRecord): Options {
  const options = { ...vm.config, ...vm.pending };
  for (const name of vm.pendingDelete) delete options[name];
  return options;
}

/** The body of `GET config`. */
export function presentConfig(vm: VmRecord, current: boolean): Record<string, string | number> {
  const options = current ? vm.config : withPending(vm);
  const shown = Object.entries(options).map(([name, value]): [string, string | number] => {
    if (name === 'cipassword') return [name, '**********'];
    return [name, isNumeric(name) ? Number(value) : value];
  });
  return { ...Object.fromEntries(shown), digest: digestOf(vm) };
}

/** The body of `GET pending`. */
export function presentPending(vm: VmRecord): Record<string, string | number>[] {
  const names = new Set([...Object.keys(vm.config), ...Object.keys(vm.pending)]);
  return [...names].sort().map((key) => ({
    key,
    ...(vm.config[key] === undefined ? {} : { value: vm.config[key] }),
    ...(vm.pending[key] === undefined ? {} : { pending: vm.pending[key] }),
    ...(vm.pendingDelete.includes(key) ? { delete: 1 } : {}),
  }));
}

export function drivesOf(
  options: Options,
  include: { readonly unused: boolean } = { unused: false },
): AttachedDrive[] {
  return Object.keys(options)
    .filter((slot) => isDriveName(slot) || (include.unused && isUnused(slot)))
    .sort()
    .flatMap((slot) => {
      const drive = parseDrive(options[slot] ?? '');
      return drive === undefined ? [] : [{ slot, drive }];
    });
}

/** In the order of net0, net1, ... */
export function nicsOf(options: Options): Nic[] {
  return Object.keys(options)
    .filter((name) => /^net\d+$/.test(name))
    .sort((a, b) => Number(a.slice(3)) - Number(b.slice(3)))
    .flatMap((name) => {
      const nic = parseNic(options[name] ?? '');
      return nic === undefined ? [] : [nic];
    });
}

/** The disk that the VM boots from: the first in the boot order, else the first there is. */
export function bootDisk(options: Options): AttachedDrive | undefined {
  const disks = drivesOf(options).filter(({ drive }) => !isCdrom(drive));
  const ordered = bootOrder(options).flatMap((slot) => disks.filter((disk) => disk.slot === slot));
  return ordered[0] ?? disks.find(({ slot }) => !/^(?:efidisk|tpmstate)/.test(slot));
}

export function bootOrder(options: Options): string[] {
  const order = /(?:^|,)order=([^,]+)/.exec(options['boot'] ?? '')?.[1];
  return splitList(order ?? '');
}

export function coresOf(options: Options): number {
  return Number(options['cores'] ?? 1) * Number(options['sockets'] ?? 1);
}

export function memoryOf(options: Options): number {
  return memoryMiB(options['memory']) ?? 512;
}

/** Puts a volume that is no longer attached into the first free `unusedN`. */
export function withUnused(options: Options, volid: string): Options {
  if (drivesOf(options, { unused: true }).some(({ drive }) => drive.file === volid)) return options;
  let index = 0;
  while (options[`unused${index}`] !== undefined) index += 1;
  return { ...options, [`unused${index}`]: volid };
}
