/** `/storage` and `/nodes/{node}/storage`: the storages, what lies on them, and its removal. */
import { die, refuseParameters } from './api-error.js';
import { hostNamed } from './cluster.js';
import type { Cluster } from './cluster.js';
import { parseVolumeId } from './drive.js';
import { FLAG, NODE, OPTIONAL_TEXT, STORAGE, TEXT, VMID } from './endpoint.js';
import type { Call, Endpoint } from './endpoint.js';
import type { LabStorage } from './lab-inventory.js';
import type { Session } from './privileges.js';
import type { VolumeRecord } from './records.js';
import { volumeId, volumePath } from './storages.js';

const GIB = 2 ** 30;
const AUDIT = ['Datastore.Audit', 'Datastore.AllocateSpace'];
const CONTENT_PATH = '/nodes/{node}/storage/{storage}/content';

export function storageEndpoints(cluster: Cluster): Endpoint[] {
  const mayAudit = (session: Session, path: ReadonlyMap<string, string>): void =>
    session.checkAny(`/storage/${path.get('storage') ?? ''}`, AUDIT);
  return [
    {
      method: 'GET',
      path: '/storage',
      parameters: { type: OPTIONAL_TEXT },
      handle: ({ session, params }) =>
        visible(cluster, session)
          .filter((storage) => (params.text('type') ?? storage.type) === storage.type)
          .map((storage) => definition(storage)),
    },
    {
      method: 'GET',
      path: '/nodes/{node}/storage',
      parameters: {
        node: NODE,
        storage: { ...STORAGE, optional: true },
        content: OPTIONAL_TEXT,
        enabled: FLAG,
        target: { ...NODE, optional: true },
        format: FLAG,
      },
      handle: ({ session, params }) => {
        const node = hostNamed(cluster, params.required('node')).name;
        const wanted = params.text('content')?.split(',');
        return visible(cluster, session)
          .filter((storage) => (params.text('storage') ?? storage.id) === storage.id)
          .filter(
            (storage) => wanted === undefined || storage.content.some((content) => wanted.includes(content)),
          )
          .map((storage) => ({ storage: storage.id, ...status(cluster, storage, node) }));
      },
    },
    {
      method: 'GET',
      path: '/nodes/{node}/storage/{storage}/status',
      parameters: { node: NODE, storage: STORAGE },
      permit: mayAudit,
      handle: ({ params }) => {
        const node = hostNamed(cluster, params.required('node')).name;
        return status(cluster, known(cluster, params.required('storage')), node);
      },
    },
    {
      method: 'GET',
      path: CONTENT_PATH,
      parameters: { node: NODE, storage: STORAGE, content: OPTIONAL_TEXT, vmid: { ...VMID, optional: true } },
      permit: mayAudit,
      handle: ({ session, params }) => {
        const node = hostNamed(cluster, params.required('node')).name;
        const storage = cluster.storages.get(params.required('storage'));
        return cluster.storages
          .volumes(node, storage.id)
          .filter((volume) => volume.content !== 'backup' || maySeeBackup(session, volume))
          .filter((volume) => (params.text('content') ?? volume.content) === volume.content)
          .filter((volume) => (params.number('vmid') ?? volume.vmid) === volume.vmid)
          .map((volume) => listed(volume));
      },
    },
    {
      method: 'GET',
      path: `${CONTENT_PATH}/{volume}`,
      parameters: { node: NODE, storage: STORAGE, volume: TEXT },
      permit: mayAudit,
      handle: (call) => {
        const { volid, volume, storage } = addressed(cluster, call);
        if (volume === undefined) return die(`volume_size_info on '${volid}' failed - no format`);
        return {
          path: volumePath(volume, storage),
          size: volume.sizeBytes,
          used: volume.sizeBytes,
          format: volume.format,
        };
      },
    },
    {
      method: 'DELETE',
      path: `${CONTENT_PATH}/{volume}`,
      parameters: {
        node: NODE,
        storage: STORAGE,
        volume: TEXT,
        delay: { type: 'integer', optional: true, minimum: 1, maximum: 30 },
      },
      handle: (call) => removeVolume(cluster, call),
    },
  ];
}

/** Backups of VMs that are not the caller's are left out, without a word. */
function maySeeBackup(session: Session, { storage, vmid }: VolumeRecord): boolean {
  const path = `/storage/${storage}`;
  if (session.has(path, 'Datastore.Allocate')) return true;
  return session.has(path, 'Datastore.AllocateSpace') && session.has(`/vms/${vmid ?? ''}`, 'VM.Backup');
}

/** Whoever may back a VM up may also remove its backups. @throws ApiError 403. */
function checkRemoval(session: Session, storage: LabStorage, volume: VolumeRecord | undefined): void {
  const path = `/storage/${storage.id}`;
  if (volume?.content !== 'backup' || volume.vmid === null) return session.check(path, 'Datastore.Allocate');
  session.check(path, 'Datastore.AllocateSpace');
  session.check(`/vms/${volume.vmid}`, 'VM.Backup');
}

/** A file that is gone already is no error, as with Proxmox VE. */
async function removeVolume(cluster: Cluster, call: Call): Promise<string | null> {
  const { session, params } = call;
  const { volid, volume, storage, node } = addressed(cluster, call);
  checkRemoval(session, storage, volume);
  const owner = volume?.vmid ?? null;
  const id = owner === null ? storage.id : `${owner}@${storage.id}`;
  const upid = cluster.tasks.start({ node, type: 'imgdel', id, user: session.tokenId }, async (job) => {
    job.checkpoint();
    await cluster.latency.wait('proxmox.config', volid, job.signal);
    const current = cluster.storages.find(volid, node);
    if (current === undefined) job.print(`disk image '${volid}' does not exist`);
    else await cluster.storages.free(current, node, job.signal);
    job.print(`Removed volume '${volid}'`);
  });
  const delay = params.number('delay');
  if (delay === undefined) return upid;
  const exitstatus = (await cluster.tasks.settled(upid, delay * 1_000))?.exitstatus ?? null;
  if (exitstatus === null) return upid;
  return exitstatus === 'OK' ? null : die(exitstatus);
}

function addressed(
  cluster: Cluster,
  { params }: Call,
): { volid: string; volume: VolumeRecord | undefined; storage: LabStorage; node: string } {
  const node = hostNamed(cluster, params.required('node')).name;
  const storage = cluster.storages.get(params.required('storage'));
  const text = params.required('volume');
  const parsed = parseVolumeId(text);
  if (parsed !== undefined && parsed.storage !== storage.id) {
    refuseParameters({ storage: `storage ID missmatch (${parsed.storage} != ${storage.id})` });
  }
  const volid = parsed === undefined ? `${storage.id}:${text}` : text;
  return { volid, volume: cluster.storages.find(volid, node), storage, node };
}

function known(cluster: Cluster, id: string): LabStorage {
  const storage = cluster.storages.list().find((candidate) => candidate.id === id);
  return storage ?? refuseParameters({ storage: 'No such storage.' });
}

function visible(cluster: Cluster, session: Session): LabStorage[] {
  return cluster.storages
    .list()
    .filter((storage) => AUDIT.some((privilege) => session.has(`/storage/${storage.id}`, privilege)));
}

function definition(storage: LabStorage): Record<string, unknown> {
  const where: Record<LabStorage['type'], Record<string, unknown>> = {
    dir: { path: '/var/lib/vz' },
    zfspool: { pool: 'rpool/data', sparse: 1 },
    lvmthin: { vgname: 'pve', thinpool: 'data' },
    rbd: { pool: storage.id },
  };
  return {
    storage: storage.id,
    type: storage.type,
    content: storage.content.join(','),
    ...where[storage.type],
    ...(storage.shared ? { shared: 1 } : {}),
    digest: '0'.repeat(40),
  };
}

function status(cluster: Cluster, storage: LabStorage, node: string): Record<string, unknown> {
  const total = storage.capacityGiB * GIB;
  const used = cluster.storages.usedBytes(storage, node);
  return {
    type: storage.type,
    content: storage.content.join(','),
    active: 1,
    enabled: 1,
    shared: storage.shared ? 1 : 0,
    total,
    used,
    avail: total - used,
    used_fraction: used / total,
  };
}

function listed(volume: VolumeRecord): Record<string, unknown> {
  return {
    volid: volumeId(volume),
    content: volume.content,
    format: volume.format,
    size: volume.sizeBytes,
    ctime: volume.ctime,
    ...(volume.vmid === null ? {} : { vmid: volume.vmid }),
    ...(volume.notes === undefined ? {} : { notes: volume.notes }),
    ...(volume.protected === true ? { protected: 1 } : {}),
    ...(volume.parent === null ? {} : { parent: `${volume.parent}@__base__` }),
  };
}
