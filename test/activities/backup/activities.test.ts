import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSnapshotFile } from '../../../lab/guest/etcd/snapshot-file.js';
import { aManifest } from '../../builders/backup.js';
import { aCluster, addressOf, BACKUP, BackupWorld, PLACE } from './backup-world.js';

// Machines are booted, and K3s is installed on them; a busy host takes long.

const FILES = ['etcd-snapshot.cwb', 'machine-files.cwb', 'manifest.json', 'records.cwb'];
const definition = aCluster();

let world: BackupWorld;
beforeEach(async () => {
  world = await BackupWorld.open();
});
afterEach(() => world.close());

const take = () => world.run(world.activities.takeBackup, { ...PLACE, definition });
const verify = () => world.run(world.activities.verifyBackup, PLACE);
const begin = () =>
  world.run(world.activities.beginBackup, {
    ...BACKUP,
    cluster: 'edge',
    destination: null,
    reason: 'requested',
  });

function damage(file: string, change: (bytes: Buffer) => Buffer): void {
  const path = join(world.folder, BACKUP.clusterUid, BACKUP.backupId, file);
  writeFileSync(path, change(readFileSync(path)));
}

describe('a backup of K3s', () => {
  test('has what etcd holds, the token of the servers, and what is known of the cluster, all sealed', async () => {
    const server = await world.server(1);

    const manifest = await take();

    expect(manifest).toMatchObject({
      machine: 'edge-server-1',
      cluster: 'edge',
      type: 'K3S',
      id: BACKUP.backupId,
    });
    expect(world.files()).toEqual(FILES);
    const snapshot = await readSnapshotFile(await world.part('etcd-snapshot'));
    expect(snapshot?.objects['namespaces']?.map(({ metadata }) => metadata.name)).toContain('kube-system');
    expect(String(await world.part('machine-files'))).toContain('secret');
    expect(JSON.parse(String(await world.part('records')))).toMatchObject({
      definition: { name: 'edge' },
      machines: [{ name: 'edge-server-1' }, { name: 'edge-server-2' }, { name: 'edge-server-3' }],
      secrets: { 'join-token': 'secret', kubeconfig: 'a kubeconfig' },
    });
    expect(world.heartbeats).toContain('etcd-snapshot of edge-server-1: 0 MiB sent');
    const left = await server.stdout('sudo ls /var/lib/rancher/k3s/server/db/snapshots');
    expect(left).toBe('');
  });

  test('is what was written when it is read back', async () => {
    await world.server(1);
    const taken = await take();

    expect(await verify()).toEqual(taken);
  });

  test('is not taken twice: the one that is there is the answer', async () => {
    await world.server(1);
    const first = await take();

    expect(await take()).toEqual(first);
  });

  test('is taken of the next machine when one does not answer', async () => {
    await world.server(1);
    await world.server(2, `server: https://${addressOf(1)}:6443\n`);
    await world.server(3, `server: https://${addressOf(1)}:6443\n`);
    world.lab.guests.powerOff(101);

    expect((await take()).machine).toBe('edge-server-2');
  });

  test('is none without a machine that answers, and says what each one said', async () => {
    await expect(take()).rejects.toMatchObject({
      code: 'BACKUP_SNAPSHOT_FAILED',
      message: expect.stringMatching(/edge-server-1: .*edge-server-2: .*edge-server-3: /s),
    });
    expect(world.files()).toEqual([]);
  });

  test('is not possible where the only server keeps its state in SQLite', async () => {
    await world.server(1, '');

    await expect(take()).rejects.toMatchObject({ code: 'BACKUP_NOT_POSSIBLE' });
    expect(world.files()).toEqual([]);
  });

  test('is none when the snapshot command fails, and says why', async () => {
    const server = await world.server(1);
    await server.run('sudo systemctl stop k3s');

    await expect(take()).rejects.toThrow(/edge-server-1: .*see server log for details/);
  });

  test('takes away what an attempt left that was killed', async () => {
    const server = await world.server(1);
    const leftover = `clusterwright-${BACKUP.backupId}`;
    await server.run(`sudo k3s etcd-snapshot save --name ${leftover}`);

    await take();

    expect(await readSnapshotFile(await world.part('etcd-snapshot'))).toBeDefined();
    expect(await server.stdout('sudo ls /var/lib/rancher/k3s/server/db/snapshots')).toBe('');
  });
});

describe('a backup that is read back', () => {
  test.each([
    ['a bit of it is another', 'etcd-snapshot.cwb', (b: Buffer) => flipLast(b)],
    ['its end is missing', 'records.cwb', (b: Buffer) => b.subarray(0, b.length - 20)],
    [
      'its manifest was changed',
      'manifest.json',
      (b: Buffer) => Buffer.from(String(b).replace('K3S', 'RKE2')),
    ],
    [
      'its manifest is of somebody else',
      'manifest.json',
      () => Buffer.from(`${JSON.stringify(aManifest())}\n`),
    ],
  ])('is corrupt when %s', async (_what, file, change) => {
    await world.server(1);
    await take();
    damage(file, change);

    await expect(verify()).rejects.toMatchObject({ code: 'BACKUP_CORRUPT' });
  });

  test('is corrupt when there is none', async () => {
    await expect(verify()).rejects.toMatchObject({ code: 'BACKUP_CORRUPT' });
  });
});

describe('backups in the store', () => {
  test('go to the default destination, and to none that is not configured', async () => {
    expect(await begin()).toEqual({ destination: 'folder' });
    const elsewhere = { ...BACKUP, cluster: 'edge', destination: 'tape', reason: 'requested' } as const;

    await expect(world.run(world.activities.beginBackup, elsewhere)).rejects.toMatchObject({
      code: 'BACKUP_DESTINATION_UNKNOWN',
      message: 'there is no destination "tape"; there are folder',
    });
  });

  test('that failed are taken away with all that was sent of them', async () => {
    await world.server(1);
    await begin();
    await take();

    await world.run(world.activities.discardBackup, { ...PLACE, detail: 'it was cancelled' });

    expect(world.files()).toEqual([]);
    expect(await world.store.backups.get(BACKUP.backupId)).toMatchObject({
      state: 'failed',
      failure: 'it was cancelled',
    });
  });

  test('that are complete are not taken away because an answer was lost', async () => {
    await world.server(1);
    await begin();
    const manifest = await take();
    await world.run(world.activities.completeBackup, { backupId: BACKUP.backupId, manifest });

    await world.run(world.activities.discardBackup, { ...PLACE, detail: 'it was cancelled' });

    expect(world.files()).toEqual(FILES);
  });

  test('are removed by the rule, and with them what runs left that were ended by force', async () => {
    await world.server(1);
    await begin();
    const manifest = await take();
    await world.run(world.activities.completeBackup, { backupId: BACKUP.backupId, manifest });
    const newer = { ...BACKUP, backupId: 'newer' };
    for (const backupId of ['killed', 'newer']) {
      await world.run(world.activities.beginBackup, {
        ...{ ...BACKUP, backupId, cluster: 'edge', destination: 'folder', reason: 'scheduled' },
      } as const);
    }
    const taken = await world.run(world.activities.takeBackup, { ...PLACE, ...newer, definition });
    await world.run(world.activities.completeBackup, { backupId: 'newer', manifest: taken });

    const result = await world.run(world.activities.expireBackups, { ...PLACE, ...newer, retention: null });

    expect(result).toEqual({ removed: [BACKUP.backupId], kept: 1 });
    expect(world.files()).toEqual(FILES);
    expect(await world.store.backups.get(BACKUP.backupId)).toBeUndefined();
    expect(await world.store.backups.get('killed')).toMatchObject({ state: 'failed' });
  });

  test('are removed when they are asked to be, once or twice', async () => {
    await world.server(1);
    await begin();
    const manifest = await take();
    await world.run(world.activities.completeBackup, { backupId: BACKUP.backupId, manifest });
    const remove = () => world.run(world.activities.removeBackup, { backupId: BACKUP.backupId });

    expect([await remove(), await remove()]).toEqual([{ removed: true }, { removed: false }]);
    expect(world.files()).toEqual([]);
  });
});

function flipLast(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const at = copy.length - 1;
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}
