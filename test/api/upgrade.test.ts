import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fail } from '../../domain/errors.js';
import type { ClusterState } from '../../workflows/messages.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const WISH = { version: 'v1.33.1+k3s1' };
const upgrade = (body: unknown, headers: Record<string, string> = {}) =>
  send(`${api.url}/api/v1/clusters/edge/upgrade`, { method: 'POST', body, headers });
const idOf = (answer: { body: Record<string, unknown> }): string =>
  (answer.body['operation'] as { id: string }).id;

describe('an upgrade', () => {
  test('is queued with the defaults filled in, once for its key', async () => {
    const answer = await upgrade(WISH, { 'idempotency-key': 'k1' });
    await upgrade(WISH, { 'idempotency-key': 'k1' });

    const id = idOf(answer);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/api/v1/operations/${id}`);
    expect(api.operated).toEqual([
      {
        operationId: id,
        operation: {
          kind: 'upgrade',
          request: {
            ...WISH,
            ...{ via: [], strategy: 'ROLLING', maxSurge: 1, maxUnavailable: 1, drainTimeoutSeconds: 600 },
            ...{ canary: null, gates: [], rollback: false, backup: { id, destination: null } },
          },
        },
      },
    ]);
  });

  test('takes gates, a canary, and no backup', async () => {
    await upgrade({
      ...{ ...WISH, strategy: 'IN_PLACE', takeBackup: false, canary: { workers: 2 } },
      gates: [
        { kind: 'HTTP', url: 'https://shop.example/ok', timeout: '90s' },
        { kind: 'PROMQL', url: 'http://prom:9090', query: 'up', comparison: '>=', threshold: 1 },
        { kind: 'JOB', namespace: 'shop', image: 'registry/smoke:1', command: ['/smoke'] },
      ],
    });

    expect(api.operated[0]?.operation.request).toMatchObject({
      ...{ backup: null, canary: { workers: 2, pause: true } },
      gates: [
        { kind: 'HTTP', url: 'https://shop.example/ok', expectedStatus: 200, timeoutSeconds: 90 },
        { kind: 'PROMQL', query: 'up', comparison: '>=', threshold: 1, timeoutSeconds: 300 },
        { kind: 'JOB', namespace: 'shop', command: ['/smoke'], timeoutSeconds: 300 },
      ],
    });
  });

  test.each([
    ['/version', { version: 7 }],
    ['/strategy', { strategy: 'AT_ONCE' }],
    ['/maxSurge', { maxSurge: 0 }],
    ['/drainTimeout', { drainTimeout: '25h' }],
    ['/gates/0/url', { gates: [{ kind: 'HTTP', url: 'ftp://shop/' }] }],
    ['/gates/0/url', { gates: [{ kind: 'HTTP', url: 'http://root:secret@shop/' }] }],
    [
      '/gates/0/comparison',
      { gates: [{ kind: 'PROMQL', url: 'http://p', query: 'up', comparison: '~', threshold: 1 }] },
    ],
    ['/canary/workers', { canary: { workers: 0 } }],
    ['/force', { force: true }],
  ])('is refused for what is wrong with %s: %j', async (pointer, change) => {
    const answer = await upgrade({ ...WISH, ...change });

    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map((fault) => fault.pointer)).toEqual([pointer]);
    expect(api.operated).toEqual([]);
  });

  test('that would skip a minor version is answered with those that are missing', async () => {
    api.behave.operate = async () => {
      throw fail('UPGRADE_HOP_MISSING', 'name a release of Kubernetes 1.33 in "via"');
    };

    const answer = await upgrade({ version: 'v1.34.0+k3s1' }, { 'idempotency-key': 'k2' });

    expect(answer.body).toMatchObject({ status: 422, code: 'UPGRADE_HOP_MISSING' });
    expect(await api.store.operations.list({ limit: 10 })).toEqual([]);
  });
});

describe('an operation is paused and resumed', () => {
  const told: [string, boolean][] = [];
  const tell = (id: string, verb: string) =>
    send(`${api.url}/api/v1/operations/${id}/${verb}`, { method: 'POST' });

  /** The cluster runs that operation. */
  function running(id: string, status = 'running'): void {
    told.length = 0;
    const operation = { id, kind: 'upgrade', workflowId: 'cluster/edge/upgrade-2', status };
    api.behave.clusterState = async () => ({ operation }) as unknown as ClusterState;
    api.behave.pauseOperation = async (workflowId, isPaused) => {
      told.push([workflowId, isPaused]);
      return { isPaused };
    };
  }

  test('where it is an upgrade that runs', async () => {
    const id = idOf(await upgrade(WISH));
    running(id);

    expect((await tell(id, 'pause')).status).toBe(202);
    expect((await tell(id, 'resume')).status).toBe(202);

    expect(told).toEqual([
      ['cluster/edge/upgrade-2', true],
      ['cluster/edge/upgrade-2', false],
    ]);
  });

  test('and is refused where it waits for its turn, is another kind, is over, or is none', async () => {
    const id = idOf(await upgrade(WISH));
    running('another');
    expect((await tell(id, 'pause')).body).toMatchObject({ status: 409, code: 'OPERATION_NOT_PAUSABLE' });

    await api.store.operations.finish(id, 'succeeded', null);
    expect((await tell(id, 'pause')).body).toMatchObject({ code: 'OPERATION_OVER' });

    const body = { nodeGroup: 'workers', targetCount: 2 };
    const scale = await send(`${api.url}/api/v1/clusters/edge/scale`, { method: 'PUT', body });
    expect((await tell(idOf(scale), 'resume')).body).toMatchObject({ code: 'OPERATION_NOT_PAUSABLE' });
    expect((await tell('none', 'pause')).body).toMatchObject({ code: 'OPERATION_NOT_FOUND' });
    expect(told).toEqual([]);
  });
});
