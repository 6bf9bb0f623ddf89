import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ProxmoxClient, ProxmoxClientOptions } from '../../../activities/proxmox/client.js';
import { EndpointPair, times } from './endpoint-pair.js';
import { drop, hang, json, type EndpointServer } from './endpoint-servers.js';

const VM = { host: 'hv6', vmid: 100 };
const UPLOAD = { host: 'hv6', storage: 'local', name: 'x.iso', content: new Uint8Array(9), sha256: '' };
const UPID = 'UPID:hv6:0001:0002:0003:qmstart:100:user@pve!test:';
const noRoute = json(595, { data: null, message: 'No route to host' });

let pair: EndpointPair;
let a: EndpointServer;
let b: EndpointServer;
let seen: string[];

beforeEach(async () => {
  pair = await EndpointPair.start();
  ({ a, b, seen } = pair);
});
afterEach(() => pair.close());

function aClient(change: Partial<ProxmoxClientOptions> = {}, servers = [a, b]): ProxmoxClient {
  return pair.client(change, servers);
}

describe('while all endpoints are well', () => {
  test('the first one gets every call', async () => {
    const client = aClient();

    await client.nodes();
    await client.vms();

    expect(seen).toEqual(['a GET /nodes', 'a GET /cluster/resources?type=vm']);
  });

  test('an upload goes to the endpoint of its host, once that is known', async () => {
    a.answer = json(200, {
      data: [
        { type: 'cluster', name: 'pve', quorate: 1 },
        { type: 'node', name: 'hv5', local: 1, ip: '10.0.0.5' },
        { type: 'node', name: 'hv6', local: 0, ip: '127.0.0.1' },
      ],
    });
    b.answer = json(200, { data: UPID });
    const client = aClient();
    await client.clusterStatus();

    await client.uploadIso(UPLOAD);
    await client.nodes();

    expect(seen).toEqual(['a GET /cluster/status', 'b POST /nodes/hv6/storage/local/upload', 'a GET /nodes']);
  });
});

describe('an endpoint that refuses connections', () => {
  beforeEach(() => a.kill());

  test.each([
    ['a look', (client: ProxmoxClient) => client.nodes(), 'b GET /nodes'],
    ['a change', (client: ProxmoxClient) => client.startVm(VM), 'b POST /nodes/hv6/qemu/100/status/start'],
    [
      'an upload',
      (client: ProxmoxClient) => client.uploadIso(UPLOAD),
      'b POST /nodes/hv6/storage/local/upload',
    ],
  ])('is passed over by %s, which was certainly not sent', async (_what, call, request) => {
    b.answer = json(200, { data: UPID });

    await expect(call(aClient())).resolves.toEqual(UPID);

    expect(seen).toEqual([request]);
    expect(pair.outcomes).toEqual(['a not_sent', 'b ok']);
  });

  test('is not asked again while the other one is well, nor when it is back', async () => {
    const client = aClient();
    await client.nodes();
    await a.revive();

    await client.nodes();

    expect(pair.outcomes).toEqual(['a not_sent', 'b ok', 'b ok']);
  });

  test('is asked again when the other one fails', async () => {
    const client = aClient();
    await client.nodes();
    await a.revive();
    await b.kill();

    await client.nodes();

    expect(pair.outcomes).toEqual(['a not_sent', 'b ok', 'b not_sent', 'a ok']);
  });

  test('and the others too: the error names each', async () => {
    await b.kill();

    const asking = aClient().startVm(VM);

    await expect(asking).rejects.toMatchObject({
      code: 'PROXMOX_UNREACHABLE',
      message: expect.stringMatching(new RegExp(`${a.url}: POST .*ECONNREFUSED.*; ${b.url}: POST`)),
    });
  });
});

describe('an endpoint whose answer is lost', () => {
  test.each([
    ['breaks off', drop],
    ['hangs', hang],
  ])('because it %s: a look is made at the next one', async (_how, handler) => {
    a.answer = handler;

    await expect(aClient({ timeoutMs: 500 }).nodes()).resolves.toEqual([]);

    expect(seen).toEqual(['a GET /nodes', 'b GET /nodes']);
    expect(pair.outcomes).toEqual(['a lost', 'b ok']);
  });

  test.each([
    ['breaks off', drop],
    ['hangs', hang],
  ])('because it %s: a change is sent nowhere else, and the look after it is', async (_how, handler) => {
    a.answer = handler;
    const client = aClient({ timeoutMs: 500 });

    await expect(client.startVm(VM)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await client.vmStatus(VM);

    expect(seen).toEqual([
      'a POST /nodes/hv6/qemu/100/status/start',
      'b GET /nodes/hv6/qemu/100/status/current',
    ]);
  });

  test('because the caller gave up says nothing of the endpoint', async () => {
    const abort = new AbortController();
    a.answer = () => abort.abort();
    const client = aClient({ breaker: { failureThreshold: 1, resetTimeoutMs: 60_000 } });

    await expect(client.nodes(abort.signal)).rejects.toMatchObject({ code: 'PROXMOX_UNREACHABLE' });
    a.answer = json(200, { data: [] });
    await client.nodes();

    expect(seen).toEqual(['a GET /nodes', 'a GET /nodes']);
    expect(pair.changes).toEqual([]);
  });
});

describe('an answer', () => {
  test.each([
    [401, 'PROXMOX_UNAUTHENTICATED'],
    [403, 'PROXMOX_PERMISSION'],
    [500, 'PROXMOX_FAILED'],
  ])('of %i is the answer: nobody else is asked', async (status, code) => {
    a.answer = json(status, { data: null, message: 'no' });
    const client = aClient();

    expect(await times(6, () => client.nodes())).toEqual(Array(6).fill(code));

    expect(new Set(seen)).toEqual(new Set(['a GET /nodes']));
    expect(pair.changes).toEqual([]);
  });

  test.each([
    ['595 about the cluster', 595],
    ['502 of a proxy in front', 502],
  ])('of %s comes from an endpoint that is cut off: a look goes on', async (_what, status) => {
    a.answer = json(status, { data: null });

    await expect(aClient().nodes()).resolves.toEqual([]);

    expect(seen).toEqual(['a GET /nodes', 'b GET /nodes']);
  });

  test('of 595 from the host itself was not passed on, so that a change goes on; 596 was, so that it does not', async () => {
    const status = { data: [{ type: 'node', name: 'hv6', local: 1, ip: '10.0.0.6' }] };
    a.answer = json(200, status);
    const client = aClient();
    await client.clusterStatus();
    b.answer = json(200, { data: UPID });

    a.answer = json(596, { data: null });
    await expect(client.startVm(VM)).rejects.toMatchObject({
      code: expect.stringMatching(/UNREACHABLE|UNKNOWN/),
    });
    b.answer = noRoute;
    await expect(client.nodes()).rejects.toMatchObject({ code: 'PROXMOX_NODE_UNREACHABLE' });
    [a.answer, b.answer] = [noRoute, json(200, { data: UPID })];
    await expect(client.startVm(VM)).resolves.toBe(UPID);

    expect(seen).toEqual([
      'a GET /cluster/status',
      'a POST /nodes/hv6/qemu/100/status/start',
      'b GET /nodes',
      'a GET /nodes',
      'b POST /nodes/hv6/qemu/100/status/start',
    ]);
  });

  test('of a host that has lost the others is made good by one that has not', async () => {
    a.answer = json(500, { data: null, message: 'cluster not ready - no quorum?\n' });
    b.answer = json(200, { data: UPID });
    const client = aClient();

    expect(await times(2, () => client.startVm(VM))).toEqual(['ok', 'ok']);

    expect(seen.map((line) => line[0])).toEqual(['a', 'b', 'b']);
    expect(pair.changes).toEqual([]);
  });
});

test('tasks are timed by the process that started them, once each', async () => {
  const tasks: string[] = [];
  a.answer = (request, response) =>
    json(200, { data: request.method === 'POST' ? UPID : { status: 'stopped', exitstatus: 'OK' } })(
      request,
      response,
    );
  const client = aClient({
    observer: { taskEnded: ({ type, outcome }) => tasks.push(`${type} ${outcome}`) },
  });

  await client.startVm(VM);
  await client.taskStatus(UPID);
  await client.taskStatus(UPID);
  await client.taskStatus('UPID:hv6:9:9:9:qmclone:100:user@pve!other:');

  expect(tasks).toEqual(['qmstart ok']);
});
