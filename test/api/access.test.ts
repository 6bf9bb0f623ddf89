import { afterEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
afterEach(() => api.close());

const KEY = 'cw_3f7c9a1b2d4e';
const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

describe('an API with keys', () => {
  test('answers to a key whose hash is configured', async () => {
    api = await startApi({ kind: 'key', hashes: [hashOf('another'), hashOf(KEY)] });

    const answer = await send(`${api.url}/api/v1/clusters`, { headers: { authorization: `Bearer ${KEY}` } });

    expect(answer.status).toBe(200);
  });

  test.each<[string, Record<string, string>]>([
    ['no key', {}],
    ['another key', { authorization: 'Bearer cw_000000000000' }],
    ['the hash in place of the key', { authorization: `Bearer ${hashOf(KEY)}` }],
    ['another scheme', { authorization: `Basic ${KEY}` }],
  ])('refuses %s before it reads the body', async (_what, headers) => {
    api = await startApi({ kind: 'key', hashes: [hashOf(KEY)] });

    const answer = await send(`${api.url}/api/v1/clusters/provision`, {
      method: 'POST',
      raw: 'not json',
      headers,
    });

    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.body).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('answers probes and gives out its document without one', async () => {
    api = await startApi({ kind: 'key', hashes: [hashOf(KEY)] });

    const statuses = await Promise.all(
      ['/healthz', '/readyz', '/openapi.json'].map(async (path) => (await send(`${api.url}${path}`)).status),
    );

    expect(statuses).toEqual([200, 200, 200]);
  });
});

describe('an open API', () => {
  test('does not answer to a web page that gave its own name the address of this machine', async () => {
    api = await startApi({ kind: 'none' });
    const { port } = new URL(api.url);

    const status = await new Promise((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port,
        path: '/api/v1/clusters',
        headers: { host: 'evil.example' },
      };
      request(options, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });

    expect(status).toBe(401);
  });
});
