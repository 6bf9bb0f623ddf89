import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackupActivities } from '../../../activities/backup/activities.js';
import { folderDestination } from '../../../activities/backup/destinations/folder.js';
import { openStream } from '../../../activities/backup/sealed-stream.js';
import { partContext, partKey, type BackupManifest } from '../../../domain/backup/manifest.js';
import { readSnapshotFile } from '../../../lab/guest/etcd/snapshot-file.js';
import {
  addressOf,
  anEnvironment,
  aTalosDefinition,
  CLUSTER_UID,
  TalosWorld,
  uuidOf,
} from '../talos/talos-world.js';
import { NEVER } from './destination-contract.js';
import { all, streamOf } from './streams.js';

// A machine is booted; a busy host takes long.

const MASTER_KEY = Buffer.alloc(32, 7);
const ID = '0c0ffee0-0000-4000-8000-000000000001';
const NAME = 'edge-server-1';

let world: TalosWorld;
let folder: string;
beforeEach(async () => {
  world = await TalosWorld.open();
  folder = mkdtempSync(join(tmpdir(), 'clusterwright-backups-'));
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a backup of Talos comes over its API, as a stream, and has the secrets of the machines', async () => {
  await world.formed();
  const { store, access } = world;
  const machine = { uuid: uuidOf(9), name: NAME, host: 'hv5' };
  const clusterUid = 'uid-2';
  await store.machines.reserve({
    ...{ clusterUid, cluster: 'edge', range: { from: 300, to: 309 }, avoid: [], machines: [machine] },
  });
  await store.addresses.lease({
    ...{ clusterUid, cluster: 'edge', candidates: [addressOf(1)] },
    machines: [{ name: NAME, wanted: addressOf(1) }],
  });
  const secrets = (await store.secrets.get(CLUSTER_UID, 'talos-secrets')) ?? '';
  await store.secrets.put(clusterUid, 'talos-secrets', secrets);
  await store.secrets.put(clusterUid, 'kubeconfig', 'a kubeconfig');
  const { takeBackup, verifyBackup } = createBackupActivities({
    ...{ store, proxyUrl: access.proxyUrl, masterKey: MASTER_KEY, defaultDestination: null },
    destinations: new Map([['folder', { kind: 'folder', path: folder }]]),
    retention: { keepLast: 1, keepDaily: 0, keepWeekly: 0 },
  });
  const place = { backupId: ID, clusterUid, destination: 'folder' };

  const request = { ...place, definition: aTalosDefinition() };
  const manifest = (await anEnvironment().run(takeBackup, request)) as BackupManifest;

  expect(manifest).toMatchObject({ machine: NAME, type: 'TALOS' });
  expect(manifest.parts.map(({ name }) => name)).toEqual(['etcd-snapshot', 'records']);
  expect(await anEnvironment().run(verifyBackup, place)).toEqual(manifest);
  const object = await folderDestination(folder).get(partKey({ clusterUid, id: ID }, 'etcd-snapshot'), NEVER);
  const key = { masterKey: MASTER_KEY, context: partContext({ clusterUid, id: ID }, 'etcd-snapshot') };
  const snapshot = await readSnapshotFile(await all(openStream(object ?? streamOf(), key)));
  expect(Object.keys(snapshot?.objects ?? {})).toContain('namespaces');
});
