import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { fail } from '../../domain/errors.js';
import { accepted, backup, backupList, backupPolicy } from '../../schema/responses.js';
import type { BackupRecord } from '../../store/backup-port.js';
import { aManifest } from '../builders/backup.js';
import { aDefinition } from '../builders/definition.js';
import { aCluster } from '../store/store-builder.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  await api.store.clusters.put(aCluster({ phase: 'READY' }));
});
afterAll(() => api.close());

const EDGE = '/api/v1/clusters/edge';
const RETENTION = { keepLast: 3, keepDaily: 7, keepWeekly: 4 };
const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  send(`${api.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });

async function aBackup(state: BackupRecord['state'], cluster = 'edge'): Promise<string> {
  const id = randomUUID();
  const { backups } = api.store;
  await backups.begin({ id, clusterUid: 'uid-1', cluster, destination: 'nas', reason: 'requested' });
  if (state === 'complete') await backups.complete(id, aManifest({ id }));
  if (state === 'failed') await backups.failed(id, 'BACKUP_CORRUPT: its hash is another one');
  return id;
}

describe('a backup', () => {
  test('that is asked for is an operation of the cluster, and has its id', async () => {
    const answer = await call('POST', `${EDGE}/backups`, { destination: 'nas', retention: { keepLast: 2 } });

    expect(answer.status).toBe(202);
    const { operation } = accepted.parse(answer.body);
    expect(operation).toMatchObject({ kind: 'backup', cluster: 'edge', status: 'running' });
    expect(api.operated.at(-1)).toEqual({
      operationId: operation.id,
      operation: {
        kind: 'backup',
        request: {
          backupId: operation.id,
          destination: 'nas',
          reason: 'requested',
          retention: { keepLast: 2, keepDaily: 0, keepWeekly: 0 },
        },
      },
    });
  });

  test('needs nothing said: where it goes and what is kept is configured', async () => {
    const answer = await call('POST', `${EDGE}/backups`);

    expect(answer.status).toBe(202);
    expect(api.operated.at(-1)?.operation.request).toMatchObject({ destination: null, retention: null });
  });

  test('is taken once for one key', async () => {
    const headers = { 'idempotency-key': 'nightly-1' };
    const first = await call('POST', `${EDGE}/backups`, {}, headers);
    const count = api.operated.length;
    const second = await call('POST', `${EDGE}/backups`, {}, headers);

    expect(second.body).toEqual(first.body);
    expect(api.operated).toHaveLength(count);
  });

  test.each([
    [{ destination: '../etc' }, '/destination'],
    [{ retention: { keepLast: 0 } }, '/retention/keepLast'],
    [{ retention: {} }, '/retention/keepLast'],
    [{ where: 'nas' }, '/where'],
  ])('is refused as %j', async (body, pointer) => {
    const answer = await call('POST', `${EDGE}/backups`, body);

    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map((fault) => fault.pointer)).toEqual([pointer]);
  });

  test('of a cluster that is not there, or that has no etcd, is refused at once', async () => {
    const definition = aDefinition({ name: 'shared', platformConfig: { datastore: 'postgres-1' } });
    await api.store.clusters.put(aCluster({ uid: 'uid-9', name: 'shared', phase: 'READY', definition }));

    const answers = [
      await call('POST', '/api/v1/clusters/none/backups'),
      await call('POST', '/api/v1/clusters/shared/backups'),
    ];

    expect(answers.map(({ status, body }) => [status, body['code']])).toEqual([
      [404, 'CLUSTER_NOT_FOUND'],
      [409, 'BACKUP_NOT_POSSIBLE'],
    ]);
    expect(answers[1]?.body['detail']).toContain('postgres-1');
  });

  test('that the cluster refuses leaves no operation behind', async () => {
    api.behave.operate = async () => {
      throw fail('PHASE_CONFLICT', 'cluster "edge" is being decommissioned');
    };
    const headers = { 'idempotency-key': 'refused-1' };
    const refused = await call('POST', `${EDGE}/backups`, {}, headers);
    delete api.behave.operate;
    const again = await call('POST', `${EDGE}/backups`, {}, headers);

    expect([refused.status, again.status]).toEqual([409, 202]);
  });

  test('is shown with what it is made of once it is complete', async () => {
    const id = await aBackup('complete');

    const answer = await call('GET', `${EDGE}/backups/${id}`);

    expect(backup.parse(answer.body)).toMatchObject({
      ...{ id, state: 'complete', destination: 'nas', machine: 'edge-masters-1', storedBytes: 1_069 },
      parts: [expect.objectContaining({ name: 'etcd-snapshot', sha256: 'aa'.repeat(32) })],
    });
  });

  test('is listed newest first, in pages', async () => {
    const ids = [
      await aBackup('failed', 'paged'),
      await aBackup('running', 'paged'),
      await aBackup('complete', 'paged'),
    ];

    const first = backupList.parse((await call('GET', '/api/v1/clusters/paged/backups?limit=2')).body);
    const rest = backupList.parse(
      (await call('GET', `/api/v1/clusters/paged/backups?limit=2&before=${first.next ?? ''}`)).body,
    );

    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(ids.toReversed());
    expect(rest).toMatchObject({
      next: null,
      items: [{ state: 'failed', failure: expect.stringMatching(/hash/) }],
    });
  });

  test('of another cluster is not found', async () => {
    const id = await aBackup('complete', 'other');

    const answers = [
      await call('GET', `${EDGE}/backups/${id}`),
      await call('DELETE', `${EDGE}/backups/${id}`),
    ];

    expect(answers.map(({ status, body }) => [status, body['code']])).toEqual([
      [404, 'BACKUP_NOT_FOUND'],
      [404, 'BACKUP_NOT_FOUND'],
    ]);
  });

  test('that is being removed says so from then on, and asking again asks again', async () => {
    const id = await aBackup('complete');
    const removed: string[] = [];
    api.behave.removeBackup = async (backupId) => {
      removed.push(backupId);
    };

    const answers = [
      await call('DELETE', `${EDGE}/backups/${id}`),
      await call('DELETE', `${EDGE}/backups/${id}`),
    ];

    expect(answers.map(({ status, body }) => [status, body['state']])).toEqual([
      [202, 'removing'],
      [202, 'removing'],
    ]);
    expect(removed).toEqual([id, id]);
  });

  test('is drilled when a person asks, and shows what came of it', async () => {
    const id = await aBackup('complete');
    const drilled: string[] = [];
    api.behave.drillBackup = async (cluster, backupId) => {
      drilled.push(`${cluster} ${backupId}`);
    };

    const answer = await call('POST', `${EDGE}/backups/${id}/drill`);

    expect(answer.status).toBe(202);
    expect(backup.parse(answer.body)).toMatchObject({ id, drill: null });
    expect(drilled).toEqual([`edge ${id}`]);
    await api.store.backups.drillBegins(id);
    await api.store.backups.drillEnds(id, { state: 'passed', objects: 41, detail: null });
    expect(backup.parse((await call('GET', `${EDGE}/backups/${id}`)).body).drill).toMatchObject({
      ...{ state: 'passed', objects: 41, detail: null, endedAt: expect.any(String) },
    });
  });

  test.each(['running', 'failed'] as const)('that is %s is not drilled', async (state) => {
    const answer = await call('POST', `${EDGE}/backups/${await aBackup(state)}/drill`);

    expect([answer.status, answer.body['code']]).toEqual([409, 'BACKUP_BUSY']);
  });

  test('that is being taken is not removed', async () => {
    const id = await aBackup('running');

    const answer = await call('DELETE', `${EDGE}/backups/${id}`);

    expect(answer).toMatchObject({ status: 409, body: { code: 'BACKUP_BUSY' } });
  });
});

describe('the policy of a cluster', () => {
  const POLICY = { schedule: '15 */6 * * *', destination: 'nas', retention: RETENTION };

  test('is set, shown and removed, and Temporal is told each time', async () => {
    const told: string[] = [];
    api.behave.scheduleBackups = async (cluster, schedule) => {
      told.push(`${cluster}: ${schedule}`);
    };
    api.behave.unscheduleBackups = async (cluster) => {
      told.push(`${cluster}: none`);
    };

    const put = await call('PUT', `${EDGE}/backup-policy`, POLICY);
    const shown = await call('GET', `${EDGE}/backup-policy`);
    const removed = await call('DELETE', `${EDGE}/backup-policy`);
    const after = await call('GET', `${EDGE}/backup-policy`);

    expect(backupPolicy.parse(put.body)).toMatchObject(POLICY);
    expect(shown.body).toEqual(put.body);
    expect([removed.status, after.status, after.body['code']]).toEqual([204, 404, 'BACKUP_POLICY_NOT_FOUND']);
    expect(told).toEqual(['edge: 15 */6 * * *', 'edge: none']);
  });

  test.each([
    ['@daily', /five fields/],
    ['0 24 * * *', /"24" for the hour/],
    ['0 0 * * MON', /"MON" for the day of the week/],
    ['*/0 * * * *', /for the minute/],
    ['0 5-3 * * *', /"5-3" for the hour/],
  ])('is refused with the schedule %s', async (schedule, detail) => {
    const answer = await call('PUT', `${EDGE}/backup-policy`, { ...POLICY, schedule });

    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ pointer: '/schedule', detail: expect.stringMatching(detail) }]);
  });
});
