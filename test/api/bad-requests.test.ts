import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BAD_DEFINITIONS } from '../schema/bad-definitions.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const provision = (options: Parameters<typeof send>[1]) =>
  send(`${api.url}/api/v1/clusters/provision`, { method: 'POST', ...options });

describe('a definition is refused with every fault at once, and nothing is started', () => {
  test.each(BAD_DEFINITIONS)('when $name', async ({ body, pointers }) => {
    const answer = await provision({ body });

    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ code: 'INVALID_REQUEST', status: 400, retry: 'never' });
    // One field may have several faults.
    expect([...new Set(answer.body.errors?.map(({ pointer }) => pointer))]).toEqual(pointers);
    expect(api.started).toEqual([]);
    expect(api.planned).toEqual([]);
  });

  test('also when it is only to be planned', async () => {
    const [bad] = BAD_DEFINITIONS;

    const answer = await send(`${api.url}/api/v1/clusters/plan`, { method: 'POST', body: bad?.body });

    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map(({ pointer }) => pointer)).toEqual(bad?.pointers);
  });
});

describe('a request is refused', () => {
  test.each([
    ['that is not JSON', { raw: '{"name": ' }, 400, 'MALFORMED_JSON'],
    ['without a body', {}, 400, 'INVALID_REQUEST'],
    ['that is no object', { raw: '[]' }, 400, 'INVALID_REQUEST'],
    [
      'that is not declared as JSON',
      { raw: '{}', headers: { 'content-type': 'text/plain' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'in a charset that is not known',
      { raw: '{}', headers: { 'content-type': 'application/json; charset=ebcdic' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'that claims to be compressed and is not',
      { raw: '{}', headers: { 'content-encoding': 'gzip' } },
      400,
      'MALFORMED_JSON',
    ],
    [
      'of more than a mebibyte',
      { raw: JSON.stringify({ name: 'x'.repeat(1024 * 1024) }) },
      413,
      'BODY_TOO_LARGE',
    ],
    [
      'with an idempotency key of two words',
      { raw: '{}', headers: { 'idempotency-key': 'a b' } },
      400,
      'INVALID_REQUEST',
    ],
  ] as const)('%s', async (_what, options, status, code) => {
    const answer = await provision(options);

    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code, status });
    expect(api.started).toEqual([]);
  });

  test.each([
    ['GET', '/api/v1/nothing', 404, 'NOT_FOUND'],
    ['GET', '/api/v1/clusters/none', 404, 'CLUSTER_NOT_FOUND'],
    ['DELETE', '/api/v1/clusters/none', 404, 'CLUSTER_NOT_FOUND'],
    ['GET', '/api/v1/clusters/none/kubeconfig', 404, 'CLUSTER_NOT_FOUND'],
    ['GET', '/api/v1/operations/none', 404, 'OPERATION_NOT_FOUND'],
    ['GET', '/api/v1/clusters?limit=0', 400, 'INVALID_REQUEST'],
    ['GET', '/api/v1/clusters?limit=many', 400, 'INVALID_REQUEST'],
    ['GET', '/api/v1/clusters?unknown=1', 400, 'INVALID_REQUEST'],
    ['GET', '/%ff', 404, 'NOT_FOUND'],
  ])('%s %s with %d', async (method, path, status, code) => {
    const answer = await send(`${api.url}${path}`, { method });

    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code, status });
  });

  test.each([
    ['/api/v1/clusters/provision', 'POST'],
    ['/api/v1/clusters/plan', 'POST'],
    ['/api/v1/operations/x', 'GET'],
    ['/api/v1/clusters/x', 'GET, DELETE'],
  ])('with 405 and what %s does take', async (path, allowed) => {
    const answer = await send(`${api.url}${path}`, { method: 'PATCH' });

    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allowed);
  });

  test('to decide what is not a decision', async () => {
    const answer = await send(`${api.url}/api/v1/clusters/x/steps/reserve`, {
      method: 'POST',
      body: { action: 'BURN' },
    });

    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ pointer: '/action' }]);
  });
});
