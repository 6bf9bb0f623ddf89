import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { fail } from '../../domain/errors.js';
import type { Orphan } from '../../domain/orphans.js';
import { orphanReport, sweepAccepted } from '../../schema/responses.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(() => {
  api.swept.length = 0;
});

const ID = 'aaaaaaaaaaaaaaaa';
const OTHER = 'bbbbbbbbbbbbbbbb';
const KEPT = 'cccccccccccccccc';

const anOrphan = (id: string, removable = true): Orphan => ({
  ...{ id, removable, kind: 'vm', uuid: null, vmid: 20_000, host: 'hv5', name: 'edge-1', volume: null },
  ...{ clusterUid: 'uid-1', cluster: 'edge', reason: 'cluster "edge" is gone', sinceSeconds: 3_600 },
});

const get = async () => orphanReport.parse((await send(`${api.url}/api/v1/orphans`)).body);
const remove = (body: unknown) => send(`${api.url}/api/v1/orphans/removals`, { method: 'POST', body });
let days = 0;
async function reported(orphans: readonly Orphan[], notSeen: readonly string[] = []): Promise<string> {
  days += 1;
  const foundAt = new Date(Date.UTC(2026, 0, days)).toISOString();
  await api.store.orphans.record({ foundAt, orphans, leftOut: 0, notSeen });
  return foundAt;
}

describe('the report', () => {
  test('is empty before anybody has looked, and nothing can be removed by it', async () => {
    expect(await get()).toEqual({ foundAt: null, items: [], leftOut: 0, notSeen: [] });
    expect((await remove({ ids: [ID] })).status).toBe(409);
  });

  test('is the last one, with what came of removals', async () => {
    const foundAt = await reported([anOrphan(ID), anOrphan(OTHER)], ['hv7']);
    await api.store.orphans.recordRemovals([
      { id: ID, outcome: 'failed', code: 'VM_LOCKED', detail: 'lock "backup"' },
    ]);

    const report = await get();

    expect(report).toMatchObject({ foundAt, notSeen: ['hv7'] });
    expect(report.items.map(({ id, removal }) => [id, removal])).toEqual([
      [ID, { outcome: 'failed', code: 'VM_LOCKED', detail: 'lock "backup"', at: expect.any(String) }],
      [OTHER, null],
    ]);
  });
});

test('a look is started, and the answer says where to find the report', async () => {
  const answer = await send(`${api.url}/api/v1/orphans/sweep`, { method: 'POST' });

  expect(answer.status).toBe(202);
  expect(answer.headers.get('location')).toBe('/api/v1/orphans');
  expect(sweepAccepted.parse(answer.body)).toEqual({ links: { orphans: '/api/v1/orphans' } });
  expect(api.swept).toEqual([{ workflowId: 'sweep/now', remove: null }]);
});

describe('a removal', () => {
  test('is one run for the same orphans, in whatever order they are named', async () => {
    await reported([anOrphan(ID), anOrphan(OTHER)]);

    const answers = [await remove({ ids: [OTHER, ID, ID] }), await remove({ ids: [ID, OTHER] })];

    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(answers[0]?.headers.get('location')).toBe('/api/v1/orphans');
    expect(api.swept.map(({ remove: ids }) => ids)).toEqual([
      [ID, OTHER],
      [ID, OTHER],
    ]);
    expect(new Set(api.swept.map(({ workflowId }) => workflowId)).size).toBe(1);
    await remove({ ids: [ID] });
    expect(new Set(api.swept.map(({ workflowId }) => workflowId)).size).toBe(2);
  });

  test('of what is unknown or not removable is refused as a whole, with a pointer to each', async () => {
    await reported([anOrphan(ID), anOrphan(KEPT, false)]);

    const answer = await remove({ ids: [ID, OTHER, KEPT] });

    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      code: 'ORPHAN_NOT_REMOVABLE',
      errors: [
        { pointer: '/ids/1', detail: 'is not in the last report' },
        { pointer: '/ids/2', detail: expect.stringContaining('is not removable: ') },
      ],
    });
    expect(api.swept).toEqual([]);
  });

  test.each([
    ['no body', undefined, ''],
    ['no ids', { ids: [] }, '/ids'],
    ['what is no id', { ids: [ID, 'vm/20000'] }, '/ids/1'],
    ['a field that nobody knows', { ids: [ID], force: true }, '/force'],
  ])('with %s is refused', async (_what, body, pointer) => {
    const answer = await remove(body);

    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map((each) => each.pointer)).toEqual([pointer]);
    expect(api.swept).toEqual([]);
  });

  test('is not promised while it cannot be started', async () => {
    await reported([anOrphan(ID)]);
    api.behave.sweep = async () => {
      throw fail('ORCHESTRATOR_UNAVAILABLE', 'no connection');
    };

    const answer = await remove({ ids: [ID] });
    delete api.behave.sweep;

    expect([answer.status, answer.body['code']]).toEqual([503, 'ORCHESTRATOR_UNAVAILABLE']);
  });
});

test.each([
  ['orphans', 'DELETE', 'GET'],
  ['orphans/sweep', 'GET', 'POST'],
  ['orphans/removals', 'GET', 'POST'],
])('/%s does not take %s', async (path, method, allowed) => {
  const answer = await send(`${api.url}/api/v1/${path}`, { method });

  expect([answer.status, answer.headers.get('allow')]).toEqual([405, allowed]);
});
