import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aCluster } from '../store/store-builder.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const DAY_MS = 86_400_000;
const to = (path: string): string => `${api.url}/api/v1/clusters/edge/${path}`;
const post = (path: string, body?: unknown) => send(to(path), { method: 'POST', body });

describe('certificates', () => {
  test('are shown as they were last read, with the days left and what a person has to do', async () => {
    await api.store.clusters.put(aCluster({ phase: 'READY' }));
    const endsAt = (days: number): string => new Date(Date.now() + days * DAY_MS + 3_600_000).toISOString();
    const of = { clusterUid: 'uid-1', cluster: 'edge' };
    const leaf = {
      machine: 'edge-1',
      path: '/a.crt',
      subject: 'CN=a',
      isAuthority: false,
      endsAt: endsAt(20),
    };
    const authority = { ...leaf, path: '/ca.crt', isAuthority: true, endsAt: endsAt(10) };
    const unread = [{ machine: 'edge-2', reason: 'no route to host' }];
    expect((await send(to('certificates'))).body).toMatchObject({ readAt: null, items: [] });
    await api.store.certificates.put(of, { certificates: [leaf, authority], unread });

    const { body } = await send(to('certificates'));

    expect(body).toMatchObject({
      cluster: 'edge',
      items: [
        { path: '/ca.crt', daysLeft: 10, advice: expect.stringContaining('rotate-ca') },
        { path: '/a.crt', daysLeft: 20, advice: null },
      ],
      unread,
    });
  });

  test('of no cluster are not found', async () => {
    expect((await send(to('certificates'))).status).toBe(404);
  });

  test('are renewed on request', async () => {
    const answer = await post('certificates/renew');

    expect(answer.status).toBe(202);
    expect(api.operated.map(({ operation }) => operation)).toEqual([
      { kind: 'renew-certificates', request: { reason: 'requested' } },
    ]);
    expect((await post('certificates/renew', { force: true })).status).toBe(400);
  });
});

describe('secrets', () => {
  test('are rotated on request', async () => {
    const answer = await post('secrets/rotate', { secrets: ['SSH_KEYS', 'JOIN_TOKEN'] });

    expect(answer.status).toBe(202);
    expect(api.operated.map(({ operation }) => operation)).toEqual([
      { kind: 'rotate-secrets', request: { secrets: ['SSH_KEYS', 'JOIN_TOKEN'] } },
    ]);
  });

  test.each([{ secrets: [] }, { secrets: ['SSH_KEYS', 'SSH_KEYS'] }, { secrets: ['KUBECONFIG'] }, {}])(
    'are not rotated for %j',
    async (body) => {
      expect((await post('secrets/rotate', body)).status).toBe(400);
      expect(api.operated).toEqual([]);
    },
  );
});
