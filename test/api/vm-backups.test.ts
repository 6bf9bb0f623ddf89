import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fail } from '../../domain/errors.js';
import { aCluster } from '../store/store-builder.js';
import { aVmBackup } from '../workflows/fake-vm-backups.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const path = (cluster = 'edge'): string => `${api.url}/api/v1/clusters/${cluster}/vm-backups`;
const ask = (body: unknown) => send(path(), { method: 'POST', body });

describe('a backup of VMs', () => {
  test('is queued with the defaults filled in, and has the id of its operation', async () => {
    const answer = await ask({ storage: 'nas' });

    expect(answer.status).toBe(202);
    const { id } = answer.body['operation'] as { id: string };
    expect(answer.headers.get('location')).toBe(`/api/v1/operations/${id}`);
    expect(api.operated).toEqual([
      {
        operationId: id,
        operation: {
          kind: 'vm-backup',
          request: { backupId: id, storage: 'nas', mode: 'SNAPSHOT', nodeGroups: null, keepLast: null },
        },
      },
    ]);
  });

  test('takes what is asked for', async () => {
    const wish = { storage: 'nas', mode: 'STOP', nodeGroups: ['server'], keepLast: 3 };

    await ask(wish);

    expect(api.operated[0]?.operation.request).toMatchObject(wish);
  });

  test.each([
    ['/storage', {}],
    ['/storage', { storage: 'a/b' }],
    ['/mode', { storage: 'nas', mode: 'snapshot' }],
    ['/nodeGroups', { storage: 'nas', nodeGroups: [] }],
    ['/keepLast', { storage: 'nas', keepLast: 0 }],
    ['/keep', { storage: 'nas', keep: 3 }],
  ])('is refused for what is wrong with %s: %j', async (pointer, body) => {
    const answer = await ask(body);

    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map((fault) => fault.pointer)).toEqual([pointer]);
    expect(api.operated).toEqual([]);
  });

  test('of a group that does not exist is answered with 404', async () => {
    api.behave.operate = async () => {
      throw fail('NODE_GROUP_NOT_FOUND', 'it has "server"');
    };

    expect((await ask({ storage: 'nas', nodeGroups: ['x'] })).status).toBe(404);
  });
});

describe('the list of backups of VMs', () => {
  test('is what Proxmox VE has of the cluster', async () => {
    await api.store.clusters.put(aCluster({ uid: 'uid-7', phase: 'GONE' }));
    const asked: string[] = [];
    api.behave.vmBackups = async (_id, cluster, uid) => {
      asked.push(`${cluster} ${uid}`);
      return { items: [aVmBackup()], notSeen: ['hv7'] };
    };

    const answer = await send(path());

    expect(asked).toEqual(['edge uid-7']);
    expect(answer.status).toBe(200);
    const { clusterUid: _cluster, machineUuid: _uuid, ...shown } = aVmBackup();
    expect(answer.body).toEqual({ items: [shown], notSeen: ['hv7'] });
  });

  test('of a cluster that never was is not found', async () => {
    expect((await send(path('nobody'))).body).toMatchObject({ code: 'CLUSTER_NOT_FOUND' });
  });
});
