/** Looks for volumes, and deletes them. */
import { Context } from '@temporalio/activity';
import { ClusterwrightError } from '../../domain/errors.js';
import { storageName, type ProxmoxClient } from './client.js';
import { splitList } from './property-string.js';
import type { StorageRecord, VolumeRecord } from './records.js';
import { waitForTask } from './tasks.js';

export interface FoundVolume {
  readonly host: string;
  readonly volid: string;
  readonly sizeBytes: number;
}

export async function isosOn(client: ProxmoxClient, host: string, storage: string): Promise<FoundVolume[]> {
  const isos = await client.volumes({ host, storage, content: 'iso' }, Context.current().cancellationSignal);
  return isos.map((iso) => found(host, iso));
}

/** Disks of that VMID on all storages that the hosts see, each once. */
export async function disksOf(
  client: ProxmoxClient,
  vmid: number,
  hosts: readonly string[],
): Promise<FoundVolume[]> {
  const signal = Context.current().cancellationSignal;
  const lists = await Promise.all(
    hosts.map(async (host) => {
      const storages = (await client.storages(host, signal)).filter((storage) => isActive(storage, 'images'));
      const volumes = await Promise.all(
        storages.map(({ storage }) => client.volumes({ host, storage, content: 'images', vmid }, signal)),
      );
      return volumes.flat().map((volume) => found(host, volume));
    }),
  );
  return lists.flat();
}

export async function onlineHosts(client: ProxmoxClient): Promise<string[]> {
  const nodes = await client.nodes(Context.current().cancellationSignal);
  return nodes.filter(({ status }) => status === 'online').map(({ node }) => node);
}

/** A volume that is gone already is fine. */
export async function deleteVolume(client: ProxmoxClient, { host, volid }: FoundVolume): Promise<void> {
  try {
    await waitForTask(client, await client.deleteVolume(host, volid, Context.current().cancellationSignal));
  } catch (error) {
    if (error instanceof ClusterwrightError && /does not exist|No such file/.test(error.message)) return;
    throw error;
  }
}

/** Where the volume lies: on the host that is asked first, else on any other that has its storage. */
export async function findIso(client: ProxmoxClient, volid: string, hint: string): Promise<FoundVolume[]> {
  const storage = storageName(volid);
  const hosts = await onlineHosts(client);
  const near = hosts.includes(hint) ? await mediaOn(client, hint, storage) : [];
  const nearest = near.filter((iso) => iso.volid === volid);
  if (nearest.length > 0) return nearest;
  const lists = await Promise.all(
    hosts.filter((host) => host !== hint).map((host) => mediaOn(client, host, storage)),
  );
  return lists.flat().filter((iso) => iso.volid === volid);
}

/** ISO images on a storage; none where the host does not have it. */
export async function mediaOn(client: ProxmoxClient, host: string, storage: string): Promise<FoundVolume[]> {
  const storages = await client.storages(host, Context.current().cancellationSignal);
  const has = storages.some((candidate) => candidate.storage === storage && isActive(candidate, 'iso'));
  return has ? isosOn(client, host, storage) : [];
}

function isActive({ content, active }: StorageRecord, wanted: string): boolean {
  return active !== 0 && splitList(content).includes(wanted);
}

function found(host: string, { volid, size }: VolumeRecord): FoundVolume {
  return { host, volid, sizeBytes: size };
}
