/** Volumes of the Proxmox CSI plugin: made, attached, detached and freed as the plugin does it. */
import { parseQuantity } from '../model/quantity.js';
import { ProxmoxApi } from './proxmox-api.js';
import type { ProxmoxConfiguration } from './proxmox-api.js';

export interface Wanted {
  /** `pvc-…` */
  readonly name: string;
  readonly storage: string;
  readonly zone: string;
  /** A quantity. */
  readonly size: string;
}

/** Of no VM: all volumes of the plugin are named for it. */
const VMID = 9999;
const CHUNK_BYTES = 512 * 1024 ** 2;
const MIB = 1024 ** 2;
const SLOTS = Array.from({ length: 29 }, (_, index) => `scsi${index + 1}`);

/** @returns its handle and its size in bytes. */
export async function makeVolume(
  configuration: ProxmoxConfiguration & { readonly region: string },
  { name, storage, zone, size }: Wanted,
): Promise<{ readonly handle: string; readonly bytes: number; readonly isShared: boolean }> {
  const api = new ProxmoxApi(configuration);
  const isShared = await api.isShared(zone, storage);
  const disk = `vm-${VMID}-${name}`;
  const bytes = Math.ceil((parseQuantity(size) ?? 0) / CHUNK_BYTES) * CHUNK_BYTES;
  const present = await api.volumes(zone, storage, VMID);
  if (!present.includes(`${storage}:${disk}`)) {
    await api.allocate(zone, storage, { vmid: VMID, filename: disk, size: `${bytes / MIB}M`, format: 'raw' });
  }
  return { handle: [configuration.region, isShared ? '' : zone, storage, disk].join('/'), bytes, isShared };
}

export async function attach(
  configuration: ProxmoxConfiguration,
  handle: string,
  node: string,
): Promise<void> {
  const api = new ProxmoxApi(configuration);
  const volid = volidOf(handle);
  const vm = await api.vmNamed(node);
  if (vm === undefined) throw new Error(`there is no VM of node ${node}`);
  const config = await api.config(vm);
  if (slotOf(config, volid) !== undefined) return;
  const free = SLOTS.find((slot) => config[slot] === undefined);
  if (free === undefined) throw new Error('no free lun found');
  await api.configure(vm, { [free]: `${volid},backup=0,iothread=1` });
}

export async function detach(
  configuration: ProxmoxConfiguration,
  handle: string,
  node: string,
): Promise<void> {
  const api = new ProxmoxApi(configuration);
  const vm = await api.vmNamed(node);
  if (vm === undefined) return;
  const slot = slotOf(await api.config(vm), volidOf(handle));
  if (slot !== undefined) await api.configure(vm, { delete: slot });
}

export async function freeVolume(configuration: ProxmoxConfiguration, handle: string): Promise<void> {
  const api = new ProxmoxApi(configuration);
  const [, zone = '', storage = ''] = handle.split('/');
  const host = zone === '' ? await api.firstHost() : zone;
  const volid = volidOf(handle);
  if ((await api.volumes(host, storage, VMID)).includes(volid)) await api.free(host, volid);
}

function volidOf(handle: string): string {
  const [, , storage, ...disk] = handle.split('/');
  return `${storage}:${disk.join('/')}`;
}

function slotOf(config: Readonly<Record<string, unknown>>, volid: string): string | undefined {
  return SLOTS.find((slot) => {
    const drive = config[slot];
    return typeof drive === 'string' && drive.split(',')[0] === volid;
  });
}
