import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DrainHostInput } from '../../workflows/drain-host.js';
import type { Orchestrator } from '../../api/orchestrator.js';
import { aGuest } from '../domain/hosts/drain-worlds.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
let drained: DrainHostInput[];
let cancelled: unknown[];
beforeEach(async () => {
  api = await startApi();
  drained = [];
  cancelled = [];
  const hosts: Partial<Orchestrator['hosts']> = {
    observe: async () => ({
      hosts: [
        { name: 'hv5', online: true },
        { name: 'hv6', online: false },
      ],
      guests: [aGuest('a-worker-1', 'hv5', 1), aGuest('router', 'hv5', 2, { machine: null, kind: 'lxc' })],
    }),
    planDrain: async (_id, host) => ({ host, moves: [], stays: [], others: [], warnings: [] }),
    drain: async (input) => {
      drained.push(input);
    },
    cancelDrain: async (host, number) => {
      cancelled.push([host, number]);
    },
    isDraining: async () => true,
  };
  Object.assign(api.behave, { hosts });
});
afterEach(() => api.close());

const post = (path: string, body?: unknown) =>
  send(`${api.url}/api/v1/hosts/${path}`, { method: 'POST', ...(body === undefined ? {} : { body }) });
const get = (path: string) => send(`${api.url}/api/v1/hosts${path}`);
const ENDED = { status: 'succeeded', moved: [], left: [], detail: null } as const;

describe('the drain of a host', () => {
  test('is numbered and started; asking again while it goes on answers with the same one', async () => {
    const first = await post('hv5/drain', { targets: ['hv6'], drainTimeout: '90s' });
    const second = await post('hv5/drain', { targets: ['hv6'], drainTimeout: '90s' });

    expect([first.status, second.status]).toEqual([202, 202]);
    expect(first.headers.get('location')).toBe('/api/v1/hosts/hv5');
    expect([first.body['number'], second.body['number']]).toEqual([1, 1]);
    const request = { clusters: null, targets: ['hv6'], drainTimeoutSeconds: 90 };
    expect(drained[0]).toEqual({ host: 'hv5', number: 1, request });
  });

  test('with dryRun only shows the plan', async () => {
    const answer = await post('hv5/drain', { dryRun: true });

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ host: 'hv5', moves: [], stays: [], others: [], warnings: [] });
    expect(drained).toEqual([]);
    expect(await api.store.hosts.drainOf('hv5')).toBeUndefined();
  });

  test('is refused while another host is drained, and for a host that there is not', async () => {
    await post('hv5/drain');

    expect((await post('hv6/drain')).body).toMatchObject({ status: 409, code: 'HOST_DRAIN_RUNNING' });
    await api.store.hosts.endDrain('hv5', 1, ENDED);
    expect((await post('hv9/drain')).body).toMatchObject({ status: 404, code: 'HOST_NOT_FOUND' });
    expect((await post('hv6/drain')).status).toBe(202);
  });

  test.each([
    ['/targets/0', { targets: ['not a name'] }],
    ['/drainTimeout', { drainTimeout: '25h' }],
    ['/force', { force: true }],
  ])('is refused for what is wrong with %s', async (pointer, body) => {
    const answer = await post('hv5/drain', body);

    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map((fault) => fault.pointer)).toEqual([pointer]);
  });

  test('is cancelled while it goes on', async () => {
    expect((await post('hv5/drain/cancel')).body).toMatchObject({ code: 'HOST_DRAIN_NOT_FOUND' });
    await post('hv5/drain');

    expect((await post('hv5/drain/cancel')).status).toBe(202);
    expect(cancelled).toEqual([['hv5', 1]]);
    await api.store.hosts.endDrain('hv5', 1, { ...ENDED, status: 'cancelled' });
    expect((await post('hv5/drain/cancel')).body).toMatchObject({ status: 409, code: 'HOST_DRAIN_OVER' });
  });

  test('is taken back: the mark goes, unless the host is being drained', async () => {
    await api.store.hosts.mark('hv5');
    await post('hv5/drain');

    expect((await post('hv5/undrain')).body).toMatchObject({ code: 'HOST_DRAIN_RUNNING' });
    await api.store.hosts.endDrain('hv5', 1, ENDED);
    expect((await get('/hv5')).body).toMatchObject({ drained: true });
    expect((await post('hv5/undrain')).status).toBe(204);
    expect((await get('/hv5')).body).toMatchObject({ drained: false, markedAt: null });
    expect((await post('hv9/undrain')).body).toMatchObject({ code: 'HOST_NOT_FOUND' });
  });
});

describe('hosts', () => {
  test('are listed with their marks, their machines, guests of others, and the latest drain', async () => {
    await api.store.hosts.mark('hv5');
    await post('hv5/drain');
    const left = [{ cluster: 'a', machine: 'a-worker-1', vmid: 1, reason: 'DRAIN_BLOCKED' }];
    await api.store.hosts.endDrain('hv5', 1, { status: 'failed', moved: [], left, detail: 'one is left' });

    const { body } = await get('');

    expect(body['items']).toMatchObject([
      {
        name: 'hv5',
        drained: true,
        machines: [{ cluster: 'a', machine: 'a-worker-1', vmid: 1, isRunning: true }],
        others: [{ vmid: 2, kind: 'lxc', name: 'router' }],
        drain: { number: 1, status: 'failed', left, detail: 'one is left' },
      },
      { name: 'hv6', online: false, drained: false, machines: [], drain: null },
    ]);
    expect((await get('/hv9')).body).toMatchObject({ status: 404, code: 'HOST_NOT_FOUND' });
  });
});
