/** Where an image file lies: on one host, or on a storage that all hosts share. */
import { Context } from '@temporalio/activity';
import { fail } from '../../../domain/errors.js';
import { parseImageVolume } from '../../../domain/image-volume.js';
import type { ImagePlace, PermitLimit } from '../../../store/store.js';
import type { ProxmoxClient } from '../client.js';
import { splitList } from '../property-string.js';
import type { StorageRecord } from '../records.js';
import { onlineHosts, type FoundVolume } from '../volumes.js';

/**
 * @throws `PROXMOX_REJECTED` when the host has no such storage or the storage does not take such files,
 *   `PROXMOX_FAILED` while the storage is not active there.
 */
export async function imagePlace(client: ProxmoxClient, volume: string, host: string): Promise<ImagePlace> {
  const { storage, content } = parseImageVolume(volume);
  const record = await storageOn(client, host, storage);
  if (record === undefined) throw fail('PROXMOX_REJECTED', `${host} has no storage "${storage}"`);
  if (!splitList(record.content).includes(content)) {
    throw fail('PROXMOX_REJECTED', `storage "${storage}" does not have the content type "${content}"`);
  }
  if (record.active === 0) throw fail('PROXMOX_FAILED', `storage "${storage}" is not active on ${host}`);
  return { volume, host: record.shared === 1 ? null : host };
}

/** One at a time may see to a file, over all workers. */
export function imagePermit({ volume, host }: ImagePlace): PermitLimit {
  return { key: host === null ? `image:${volume}` : `image:${host}/${volume}`, most: 1 };
}

/** Hosts that have the file when any of them has it, and that are up. */
export async function hostsOf(client: ProxmoxClient, { volume, host }: ImagePlace): Promise<string[]> {
  const online = await onlineHosts(client);
  if (host !== null) return online.filter((name) => name === host);
  const { storage } = parseImageVolume(volume);
  const has = await Promise.all(
    online.map(async (name) => {
      const record = await storageOn(client, name, storage);
      return record !== undefined && record.active !== 0;
    }),
  );
  return online.filter((_, index) => has[index]);
}

export async function imageOn(
  client: ProxmoxClient,
  volume: string,
  host: string,
): Promise<FoundVolume | undefined> {
  const { storage, content } = parseImageVolume(volume);
  const files = await client.volumes({ host, storage, content }, Context.current().cancellationSignal);
  const file = files.find(({ volid }) => volid === volume);
  return file && { host, volid: file.volid, sizeBytes: file.size };
}

async function storageOn(
  client: ProxmoxClient,
  host: string,
  storage: string,
): Promise<StorageRecord | undefined> {
  const storages = await client.storages(host, Context.current().cancellationSignal);
  return storages.find((candidate) => candidate.storage === storage);
}
