import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fail } from '../../domain/errors.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const scale = (body: unknown, headers: Record<string, string> = {}) =>
  send(`${api.url}/api/v1/clusters/edge/scale`, { method: 'PUT', body, headers });
const idOf = (answer: { body: Record<string, unknown> }): string =>
  (answer.body['operation'] as { id: string }).id;

describe('a scale', () => {
  test('is queued with the defaults filled in, once for its key', async () => {
    const body = { nodeGroup: 'workers', targetCount: 5 };

    const answer = await scale(body, { 'idempotency-key': 'k1' });
    await scale(body, { 'idempotency-key': 'k1' });

    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/api/v1/operations/${idOf(answer)}`);
    expect(api.operated).toEqual([
      {
        operationId: idOf(answer),
        operation: {
          kind: 'scale',
          request: { ...body, strategy: 'ROLLING', maxSurge: 1, drainTimeoutSeconds: 600 },
        },
      },
    ]);
  });

  test.each([
    ['90s', 90],
    ['10m', 600],
    ['24h', 86_400],
  ])('takes a drainTimeout of %s', async (drainTimeout, drainTimeoutSeconds) => {
    await scale({ nodeGroup: 'workers', targetCount: 5, drainTimeout });

    expect(api.operated[0]?.operation.request).toMatchObject({ drainTimeoutSeconds });
  });

  test.each([
    ['/drainTimeout', { drainTimeout: '25h' }],
    ['/drainTimeout', { drainTimeout: '10 m' }],
    ['/strategy', { strategy: 'IN_PLACE' }],
    ['/targetCount', { targetCount: -1 }],
    ['/maxSurge', { maxSurge: 0 }],
    ['/count', { count: 3 }],
  ])('is refused for what is wrong with %s: %j', async (pointer, change) => {
    const answer = await scale({ nodeGroup: 'workers', targetCount: 5, ...change });

    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map((fault) => fault.pointer)).toEqual([pointer]);
    expect(api.operated).toEqual([]);
  });

  test('of a group that does not exist is answered with 404, and its key can be used again', async () => {
    api.behave.operate = async () => {
      throw fail('NODE_GROUP_NOT_FOUND', 'it has "server"');
    };

    const answer = await scale({ nodeGroup: 'workers', targetCount: 5 }, { 'idempotency-key': 'k2' });

    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ code: 'NODE_GROUP_NOT_FOUND', detail: 'it has "server"' });
    expect(await api.store.operations.list({ limit: 10 })).toEqual([]);
  });
});

describe('operations', () => {
  async function three(): Promise<string[]> {
    const ids: string[] = [];
    for (const targetCount of [3, 4, 5]) ids.push(idOf(await scale({ nodeGroup: 'workers', targetCount })));
    return ids;
  }
  const list = async (query: string) => (await send(`${api.url}/api/v1/operations${query}`)).body;
  const idsIn = ({ items }: Record<string, unknown>): string[] =>
    (items as { id: string }[]).map(({ id }) => id);

  test('are listed page by page, each once', async () => {
    const ids = await three();

    const first = await list('?limit=2');
    const second = await list(`?limit=2&before=${String(first['next'])}`);

    expect(new Set([...idsIn(first), ...idsIn(second)])).toEqual(new Set(ids));
    expect(idsIn(first)).toHaveLength(2);
    expect(second['next']).toBeNull();
    expect(idsIn(await list('?cluster=other'))).toEqual([]);
    expect(idsIn(await list('?cluster=edge'))).toHaveLength(3);
  });

  test('are cancelled while they are not over', async () => {
    const [id = ''] = await three();
    const cancel = () => send(`${api.url}/api/v1/operations/${id}/cancel`, { method: 'POST' });

    expect((await cancel()).status).toBe(202);
    await api.store.operations.finish(id, 'cancelled', null);

    expect((await cancel()).body).toMatchObject({ status: 409, code: 'OPERATION_OVER' });
    const unknown = await send(`${api.url}/api/v1/operations/none/cancel`, { method: 'POST' });
    expect(unknown.body).toMatchObject({ code: 'OPERATION_NOT_FOUND' });
  });
});
