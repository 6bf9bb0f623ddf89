import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { BackupState } from '../../store/backup-port.js';
import { aManifest } from '../builders/backup.js';
import { aCluster } from '../store/store-builder.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi();
  await api.store.clusters.put(aCluster({ phase: 'READY' }));
});
afterEach(() => api.close());

const restore = (body?: unknown) =>
  send(`${api.url}/api/v1/clusters/edge/restore`, {
    method: 'POST',
    ...(body === undefined ? {} : { body }),
  });

async function aBackup(state: BackupState, clusterUid = 'uid-1'): Promise<string> {
  const id = randomUUID();
  const { backups } = api.store;
  await backups.begin({ id, clusterUid, cluster: 'edge', destination: 'nas', reason: 'requested' });
  if (state === 'complete') await backups.complete(id, aManifest({ id, clusterUid }));
  if (state === 'failed') await backups.failed(id, 'its hash is another one');
  return id;
}

describe('a restore', () => {
  test('without a word is from the newest complete backup', async () => {
    await aBackup('complete');
    const newest = await aBackup('complete');
    await aBackup('failed');
    await aBackup('running');

    const answer = await restore();

    expect(answer.status).toBe(202);
    const { id } = answer.body['operation'] as { id: string };
    expect(answer.headers.get('location')).toBe(`/api/v1/operations/${id}`);
    const request = { backupId: newest, destination: 'nas', confirm: null };
    expect(api.operated).toEqual([{ operationId: id, operation: { kind: 'restore', request } }]);
  });

  test('is from the backup that is named, and passes on what is confirmed', async () => {
    const wanted = await aBackup('complete');
    await aBackup('complete');

    await restore({ backup: wanted, confirm: 'edge' });

    expect(api.operated[0]?.operation.request).toEqual({
      ...{ backupId: wanted, destination: 'nas', confirm: 'edge' },
    });
  });

  test.each([
    ['running', 409, 'BACKUP_BUSY'],
    ['failed', 409, 'RESTORE_NOT_POSSIBLE'],
  ] as const)('is refused from a backup that is %s', async (state, status, code) => {
    const answer = await restore({ backup: await aBackup(state) });

    expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status, code });
    expect(api.operated).toEqual([]);
  });

  test('is refused from a backup of an earlier cluster of the name', async () => {
    const answer = await restore({ backup: await aBackup('complete', 'uid-0') });

    expect(answer.body['code']).toBe('RESTORE_NOT_POSSIBLE');
    expect((await restore()).body['code']).toBe('BACKUP_NOT_FOUND');
  });

  test('is refused where there is no such backup or cluster', async () => {
    const unknown = await restore({ backup: randomUUID() });
    await api.store.clusters.put(aCluster({ phase: 'GONE' }));

    expect(unknown.body['code']).toBe('BACKUP_NOT_FOUND');
    expect((await restore()).body['code']).toBe('CLUSTER_NOT_FOUND');
  });

  test.each([
    ['/backup', { backup: 'newest' }],
    ['/force', { force: true }],
  ])('is refused for what is wrong with %s', async (pointer, body) => {
    const answer = await restore(body);

    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map((fault) => fault.pointer)).toEqual([pointer]);
  });
});
