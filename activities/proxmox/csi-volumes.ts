/** Volumes that a cluster made on Proxmox VE through its storage driver. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import { CSI_VMID, isCsiVolume, type CsiVolume } from '../../domain/services/proxmox-csi.js';
import { storageName, type ProxmoxClient, type VmAddress } from './client.js';
import type { ProxmoxContext } from './dependencies.js';
import { drivesOf } from './drives.js';
import { eachLimited } from './orphans/sight.js';
import { splitList } from './property-string.js';
import { configIfThere } from './vm-config.js';
import { deleteVolume, onlineHosts, type FoundVolume } from './volumes.js';

export interface RemoveCsiVolumesRequest {
  /** As the cluster listed them: that is what proves them to be the cluster's. */
  readonly volumes: readonly CsiVolume[];
}

/**
 * A volume that is gone already is fine. One that a VM still has is left alone.
 * @returns how many there were to remove.
 * @throws `VOLUME_NOT_REMOVABLE` for one that the driver did not name, or that a VM has; `RESIDUE_LEFT`; `PROXMOX_NODE_UNREACHABLE`
 */
export async function removeCsiVolumes(
  context: ProxmoxContext,
  { volumes }: RemoveCsiVolumesRequest,
): Promise<{ readonly removed: number }> {
  const { client } = context;
  const online = await onlineHosts(client);
  const look = async (): Promise<FoundVolume[]> => {
    const sight = new StorageSight(client);
    const looked = await eachLimited(volumes, (volume) => findCsiVolume(sight, volume, online));
    return looked.filter((volume) => volume !== undefined);
  };
  const found = await look();
  if (found.length === 0) return { removed: 0 };
  await requireUnused(client, found);
  for (const volume of found) await deleteVolume(client, volume);
  const left = await look();
  if (left.length > 0) throw fail('RESIDUE_LEFT', left.map(line).join('; '));
  return { removed: found.length };
}

/**
 * What can be said of a cluster that cannot be asked: volumes of the driver that its machines have. Others of its may lie
 * on the storages, and nothing there says whose they are.
 * @param known those that the cluster named itself.
 */
export async function observeCsiVolumes(
  { client, ledger }: ProxmoxContext,
  { clusterUid, known }: { readonly clusterUid: string; readonly known: readonly string[] },
): Promise<string[]> {
  const vmids = new Set((await ledger.ofCluster(clusterUid)).map(({ vmid }) => vmid));
  const guests = await client.vms(Context.current().cancellationSignal);
  const machines = guests.filter(({ type, vmid }) => type === 'qemu' && vmids.has(vmid));
  const lists = await eachLimited(machines, async ({ node, vmid, name }) => {
    return (await volumesOfVm(client, { host: node, vmid }))
      .filter((volume) => isCsiVolume(volume) && !known.includes(volume))
      .map((volume) => `volume ${volume}, which ${name ?? vmid} had, is left`);
  });
  return lists.flat().toSorted();
}

/** One look at the storages: each is asked once, however many volumes are looked for on it. */
class StorageSight {
  private readonly client: ProxmoxClient;
  private readonly asked = new Map<string, Promise<unknown>>();

  constructor(client: ProxmoxClient) {
    this.client = client;
  }

  storages(host: string): ReturnType<ProxmoxClient['storages']> {
    const signal = Context.current().cancellationSignal;
    return this.once(host, () => this.client.storages(host, signal));
  }

  /** Those of the driver. */
  volumes(host: string, storage: string): ReturnType<ProxmoxClient['volumes']> {
    const signal = Context.current().cancellationSignal;
    return this.once(`${host}/${storage}`, () =>
      this.client.volumes({ host, storage, content: 'images', vmid: CSI_VMID }, signal),
    );
  }

  private once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const asked = (this.asked.get(key) as Promise<T> | undefined) ?? ask();
    this.asked.set(key, asked);
    return asked;
  }
}

/** @throws `PROXMOX_NODE_UNREACHABLE` when no host that has the storage answers. */
async function findCsiVolume(
  sight: StorageSight,
  { volume, host }: CsiVolume,
  online: readonly string[],
): Promise<FoundVolume | undefined> {
  // It went through a workflow's history: what is deleted is looked at twice.
  if (!isCsiVolume(volume))
    throw fail('VOLUME_NOT_REMOVABLE', `${volume} is not named as the storage driver names`);
  if (host !== null && !online.includes(host))
    throw fail('PROXMOX_NODE_UNREACHABLE', `${host}, which has ${volume}, is down`);
  const storage = storageName(volume);
  for (const candidate of host === null ? online : [host]) {
    const storages = await sight.storages(candidate);
    const hasIt = storages.some(({ storage: name, content, active }) => {
      return name === storage && active !== 0 && splitList(content).includes('images');
    });
    if (!hasIt) continue;
    const all = await sight.volumes(candidate, storage);
    const one = all.find(({ volid }) => volid === volume);
    return one === undefined ? undefined : { host: candidate, volid: volume, sizeBytes: one.size };
  }
  throw fail('PROXMOX_NODE_UNREACHABLE', `no host that has the storage of ${volume} answers`);
}

/** @throws `VOLUME_NOT_REMOVABLE` */
async function requireUnused(client: ProxmoxClient, volumes: readonly FoundVolume[]): Promise<void> {
  const signal = Context.current().cancellationSignal;
  const wanted = new Set(volumes.map(({ volid }) => volid));
  const guests = (await client.vms(signal)).filter(({ type }) => type === 'qemu');
  await eachLimited(guests, async ({ node, vmid }) => {
    const used = (await volumesOfVm(client, { host: node, vmid })).find((volume) => wanted.has(volume));
    if (used !== undefined) throw fail('VOLUME_NOT_REMOVABLE', `${used} is a disk of VM ${vmid}`);
  });
}

/** None of a VM that is gone. */
async function volumesOfVm(client: ProxmoxClient, address: VmAddress): Promise<string[]> {
  return drivesOf((await configIfThere(client, address)) ?? {}).map(({ volume }) => volume);
}

function line({ volid, host }: FoundVolume): string {
  return `volume ${volid} on ${host}`;
}
