import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { fail } from '../../domain/errors.js';
import { certificateOf } from '../../domain/removal/certificate.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const NOTHING = { machines: [], addresses: [], dnsRecords: [], secrets: [], schedules: [], backups: [] };

const certificate = (clusterUid: string) =>
  certificateOf({
    ...{ clusterUid, cluster: 'edge', type: 'K3S', begunAt: '2026-01-01T00:00:00.000Z', belongings: NOTHING },
    proofs: [{ looks: [{ at: 'vms', how: 'none', seenAt: '2026-01-01T00:00:01.000Z' }], notSeen: [] }],
  });

describe('certificates of removal', () => {
  test('are kept for all clusters that had a name, the latest first, and the first of each stands', async () => {
    await api.store.removals.record(certificate('uid-1'));
    await api.store.removals.record(certificate('uid-2'));
    const again = await api.store.removals.record({ ...certificate('uid-1'), notSeen: ['hv5'] });

    const { body } = await send(`${api.url}/api/v1/clusters/edge/removals`);

    expect(again.certificate.notSeen).toEqual([]);
    expect((body['items'] as { id: string }[]).map(({ id }) => id)).toEqual(['uid-2', 'uid-1']);
  });

  test('carry the hash of what they say', async () => {
    await api.store.removals.record(certificate('uid-1'));

    const { body } = await send(`${api.url}/api/v1/removals/uid-1`);

    const text = JSON.stringify(body['certificate']);
    expect(body['sha256']).toBe(createHash('sha256').update(text).digest('hex'));
  });

  test('that there are not are answered with 404', async () => {
    const { body } = await send(`${api.url}/api/v1/removals/uid-9`);

    expect(body).toMatchObject({ status: 404, code: 'REMOVAL_NOT_FOUND' });
  });
});

describe('a removal that is begun again', () => {
  test('keeps what the first attempt found', async () => {
    const first = await api.store.removals.begin('uid-1', { ...NOTHING, secrets: ['kubeconfig'] });
    const second = await api.store.removals.begin('uid-1', NOTHING);

    expect(second).toEqual(first);
    expect(second.belongings.secrets).toEqual(['kubeconfig']);
  });
});

describe('the protection of a cluster', () => {
  const protect = (body: unknown) =>
    send(`${api.url}/api/v1/clusters/edge/protection`, { method: 'PUT', body });

  test('is put on and taken off', async () => {
    const asked: unknown[] = [];
    api.behave.protect = async (name, isProtected) => {
      asked.push([name, isProtected]);
      return { isProtected };
    };

    expect((await protect({ protected: true })).body).toEqual({ protected: true });
    expect((await protect({ protected: false })).body).toEqual({ protected: false });
    expect(asked).toEqual([
      ['edge', true],
      ['edge', false],
    ]);
    expect((await protect({ protected: 'yes' })).status).toBe(400);
  });

  test('refuses a removal, unless its name is said once more', async () => {
    api.behave.decommission = async (operationId, name, confirmed) => {
      if (confirmed !== name) throw fail('CLUSTER_PROTECTED', `cluster "${name}" is protected`);
      return { operationId, clusterUid: 'uid-1' };
    };
    const remove = (query: string) => send(`${api.url}/api/v1/clusters/edge${query}`, { method: 'DELETE' });

    expect((await remove('')).body).toMatchObject({ status: 409, code: 'CLUSTER_PROTECTED' });
    expect((await remove('?confirm=other')).status).toBe(409);
    expect((await remove('?confirm=edge')).status).toBe(202);
    expect((await remove('?force=1')).body).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
  });
});
