/** Storages and the volumes on them, behind the one lock that each storage has. */
import { randomUUID } from 'node:crypto';
import type { Latency } from '../latency.js';
import type { MachineHost } from '../machine-host.js';
import { ApiError, die } from './api-error.js';
import { parseVolumeId } from './drive.js';
import { injected } from './injection.js';
import type { LabInventory, LabStorage } from './lab-inventory.js';
import type { LockRequest, Locks } from './locks.js';
import type { VolumeRecord } from './records.js';
import type { ProxmoxTiming } from './timing.js';
import type { VolumeContents } from './volume-contents.js';
import type { World } from './world.js';

const GIB = 2 ** 30;

export type NewVolume = Pick<
  VolumeRecord,
  'name' | 'content' | 'format' | 'vmid' | 'sizeBytes' | 'parent' | 'image'
>;

interface StorageParts {
  readonly world: World;
  readonly inventory: LabInventory;
  readonly contents: VolumeContents;
  readonly machines: MachineHost;
  readonly locks: Locks;
  readonly latency: Latency;
  readonly timing: ProxmoxTiming;
}

export class Storages {
  private readonly parts: StorageParts;

  constructor(parts: StorageParts) {
    this.parts = parts;
  }

  list(): readonly LabStorage[] {
    return this.parts.inventory.storages;
  }

  /** @throws ApiError when there is no such storage. */
  get(id: string): LabStorage {
    return this.list().find((storage) => storage.id === id) ?? die(`storage '${id}' does not exist`);
  }

  /** The volumes that a host sees, on one of the storages or on all. */
  volumes(node: string, storage?: string): VolumeRecord[] {
    return [...this.parts.world.volumes.values()].filter(
      (volume) =>
        (volume.node === null || volume.node === node) &&
        (storage === undefined || volume.storage === storage),
    );
  }

  /** The volume that the ID means on this host. */
  find(volid: string, node: string): VolumeRecord | undefined {
    const parsed = parseVolumeId(volid);
    return this.volumes(node, parsed?.storage).find((volume) => volume.name === parsed?.name);
  }

  usedBytes(storage: LabStorage, node: string): number {
    const bytes = this.volumes(node, storage.id).map((volume) => volume.sizeBytes - this.sharedBytes(volume));
    return bytes.reduce((sum, size) => sum + size, 0);
  }

  /**
   * Runs `code` under the storage's lock: cluster-wide for a shared storage, one for each host otherwise.
   * The signal that it gets is also aborted when it takes too long under a cluster-wide lock.
   * @throws ApiError in the words that Proxmox VE has for a lock that was not to be had.
   */
  async locked<T>(
    storage: string,
    node: string,
    signal: AbortSignal,
    code: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { locks, timing } = this.parts;
    const { shared } = this.get(storage);
    const timeoutMessage = shared
      ? `cfs-lock 'storage-${storage}' error: got lock request timeout`
      : `can't lock file '/var/lock/pve-manager/pve-storage-${storage}' - got timeout`;
    if (injected().take('storage-lock-timeout') !== undefined) die(timeoutMessage);
    const name = this.lockOf(storage, node);
    const request: LockRequest = { name, timeoutMs: timing.storageLockMs, timeoutMessage, signal };
    if (!shared) return locks.run(request, () => code(signal));
    return locks.run({ ...request, pollMs: timing.sharedStoragePollMs }, async () => {
      const overdue = new AbortController();
      const reason = new ApiError(500, `'storage-${storage}'-locked command timed out - aborting`);
      const timer = setTimeout(() => overdue.abort(reason), timing.sharedStorageWorkMs);
      try {
        return await code(AbortSignal.any([signal, overdue.signal]));
      } finally {
        clearTimeout(timer);
      }
    });
  }

  /** Name of the storage's lock, as seen from the host. */
  lockOf(storage: string, node: string): string {
    return this.get(storage).shared ? `storage:${storage}` : `storage:${storage}@${node}`;
  }

  /** Only under the storage's lock. @throws ApiError when there is no room. */
  add(storageId: string, node: string, volume: NewVolume): VolumeRecord {
    const storage = this.get(storageId);
    const parentBytes =
      this.volumes(node, storageId).find((other) => other.name === volume.parent)?.sizeBytes ?? 0;
    this.requireRoom(storage, node, volume.sizeBytes - parentBytes, volume.name);
    const record: VolumeRecord = {
      ...volume,
      storage: storageId,
      node: storage.shared ? null : node,
      ctime: Math.floor(Date.now() / 1_000),
      id: randomUUID(),
    };
    this.parts.world.putVolume(record);
    return record;
  }

  /** @throws ApiError when there is no room. */
  grow(volume: VolumeRecord, node: string, sizeBytes: number): void {
    this.requireRoom(this.get(volume.storage), node, sizeBytes - volume.sizeBytes, volume.name);
    this.parts.world.putVolume({ ...volume, sizeBytes });
  }

  /** Frees a volume under its storage's lock. @throws ApiError when linked clones stand on it. */
  async free(volume: VolumeRecord, node: string, signal: AbortSignal): Promise<void> {
    await this.locked(volume.storage, node, signal, async (limit) => {
      if (this.isBaseInUse(volume)) die(`base volume '${volume.name}' is still in use by linked clones`);
      if (volume.protected === true) die(`cannot remove protected volume '${volumeId(volume)}'`);
      const lock = this.lockOf(volume.storage, node);
      // A file is unlinked at once.
      if (volume.content === 'images')
        await this.parts.latency.wait('proxmox.free', volumeId(volume), limit, lock);
      this.parts.world.removeVolume(volume.id);
      this.parts.contents.remove(volume.id);
      if (volume.content === 'images') this.parts.machines.diskRemoved(volume.id);
    });
  }

  isBaseInUse(volume: VolumeRecord): boolean {
    return [...this.parts.world.volumes.values()].some(
      (other) =>
        other.parent === volume.name && other.storage === volume.storage && other.node === volume.node,
    );
  }

  /** The first `vm-N-disk-M` that is not taken. Only under the storage's lock. */
  nextDiskName(storage: string, node: string, vmid: number): string {
    const taken = new Set(this.volumes(node, storage).map(({ name }) => name.split('/').at(-1)));
    let index = 0;
    while (taken.has(`vm-${vmid}-disk-${index}`)) index += 1;
    return `vm-${vmid}-disk-${index}`;
  }

  private requireRoom(storage: LabStorage, node: string, bytes: number, name: string): void {
    if (this.usedBytes(storage, node) + bytes <= storage.capacityGiB * GIB) return;
    switch (storage.type) {
      case 'zfspool':
        return die(`zfs error: cannot create 'rpool/data/${name}': out of space`);
      case 'lvmthin':
        return die(
          `lvcreate 'pve/${name}' error:   Cannot create new thin volume, free space in thin pool pve/data reached threshold.`,
        );
      case 'rbd':
        return die(`rbd create '${name}' error: (28) No space left on device`);
      case 'dir':
        return die(`import failed: write error: No space left on device`);
    }
  }

  /** What a linked clone has in common with its base takes no room. */
  private sharedBytes(volume: VolumeRecord): number {
    if (volume.parent === null) return 0;
    const base = [...this.parts.world.volumes.values()].find(
      (other) =>
        other.name === volume.parent && other.storage === volume.storage && other.node === volume.node,
    );
    return base?.sizeBytes ?? 0;
  }
}

export function volumeId(volume: Pick<VolumeRecord, 'storage' | 'name'>): string {
  return `${volume.storage}:${volume.name}`;
}

/** Where the volume lies on its host. */
export function volumePath(volume: Pick<VolumeRecord, 'name' | 'content'>, storage: LabStorage): string {
  const last = volume.name.split('/').at(-1) ?? volume.name;
  if (storage.type === 'zfspool') return `/dev/zvol/rpool/data/${last}`;
  if (storage.type === 'lvmthin') return `/dev/pve/${last}`;
  if (storage.type === 'rbd') return `rbd:${storage.id}/${last}`;
  if (volume.content === 'backup') return `/var/lib/vz/dump/${last}`;
  if (volume.content === 'import') return `/var/lib/vz/import/${last}`;
  return `/var/lib/vz/template/${volume.content === 'vztmpl' ? 'cache' : 'iso'}/${last}`;
}
