import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ProxmoxClient, ProxmoxClientOptions } from '../../../activities/proxmox/client.js';
import { EndpointPair, times } from './endpoint-pair.js';
import { drop, json, type EndpointServer } from './endpoint-servers.js';

const VM = { host: 'hv6', vmid: 100 };
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

describe('the breaker of an endpoint', () => {
  test('opens at five failures in a row, so that the endpoint is not asked at all', async () => {
    await a.kill();
    const client = aClient({}, [a]);

    expect(await times(6, () => client.nodes())).toEqual(Array(6).fill('PROXMOX_UNREACHABLE'));

    expect(pair.outcomes).toHaveLength(5);
    expect(pair.changes).toEqual(['endpoint a: CLOSED -> OPEN']);
    expect(client.breakers()).toEqual([{ scope: 'endpoint', name: a.url, state: 'OPEN' }]);
  });

  test('says when the next try is, and lets it pass: what answers is asked as before', async () => {
    await a.kill();
    const client = aClient({}, [a]);
    await times(5, () => client.nodes());
    await a.revive();

    const before = Date.now();
    const refused = await client.startVm(VM).catch((error: Error) => error.message);
    const next = /the next try is at (\S+)$/.exec(refused)?.[1];
    pair.time += 60_000;
    await client.nodes();
    await client.nodes();

    expect(Date.parse(next ?? '') - before).toBeGreaterThanOrEqual(59_900);
    expect(Date.parse(next ?? '') - before).toBeLessThanOrEqual(61_000);
    expect(seen).toEqual(['a GET /nodes', 'a GET /nodes']);
    expect(pair.changes).toEqual([
      'endpoint a: CLOSED -> OPEN',
      'endpoint a: OPEN -> HALF_OPEN',
      'endpoint a: HALF_OPEN -> CLOSED',
    ]);
  });

  test('is tried in passing while another endpoint is well, so that its state is true', async () => {
    await a.kill();
    let tell = (): void => {};
    const isBack = new Promise<void>((resolve) => (tell = resolve));
    const client = aClient({
      breaker: { failureThreshold: 1, resetTimeoutMs: 60_000, now: () => pair.time },
      observer: { breakerChanged: ({ to }) => to === 'CLOSED' && tell() },
    });
    await client.nodes();
    await a.revive();

    await client.nodes();
    pair.time += 60_000;
    await client.startVm(VM);
    await client.nodes();
    await isBack;
    await client.vms();

    expect(seen).toEqual([
      'b GET /nodes',
      'b GET /nodes',
      'b POST /nodes/hv6/qemu/100/status/start',
      'b GET /nodes',
      'a GET /version',
      'b GET /cluster/resources?type=vm',
    ]);
  });

  test('is not opened by a certificate: a person is told of it each time', async () => {
    const trust = { kind: 'fingerprint', sha256: '00'.repeat(32) } as const;
    const client = aClient({ endpoints: [{ url: a.url, trust }] });

    expect(await times(7, () => client.nodes())).toEqual(Array(7).fill('PROXMOX_CERTIFICATE_MISMATCH'));

    expect(seen).toEqual([]);
    expect(pair.changes).toEqual([]);
  });

  test('holds back calls that were waiting for their place when it opened', async () => {
    a.answer = drop;
    const client = aClient({ maxCalls: 1 }, [a]);

    const codes = await Promise.allSettled(Array.from({ length: 20 }, () => client.nodes()));

    expect(new Set(codes.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(seen).toHaveLength(5);
  });
});

describe('the breaker of a host', () => {
  test('opens by what endpoints say of it, and leaves the endpoints and other hosts alone', async () => {
    a.answer = (request, response) =>
      (request.url?.includes('/nodes/hv6/') === true ? noRoute : json(200, { data: {} }))(request, response);
    const client = aClient();

    expect(await times(7, () => client.vmStatus(VM))).toEqual(Array(7).fill('PROXMOX_NODE_UNREACHABLE'));
    await client.vmStatus({ host: 'hv7', vmid: 100 });

    expect(seen).toEqual([
      ...Array<string>(5).fill('a GET /nodes/hv6/qemu/100/status/current'),
      'a GET /nodes/hv7/qemu/100/status/current',
    ]);
    expect(pair.changes).toEqual(['node hv6: CLOSED -> OPEN']);
    expect(client.breakers()).toEqual([
      { scope: 'endpoint', name: a.url, state: 'CLOSED' },
      { scope: 'endpoint', name: b.url, state: 'CLOSED' },
      { scope: 'node', name: 'hv6', state: 'OPEN' },
      { scope: 'node', name: 'hv7', state: 'CLOSED' },
    ]);
  });

  test('closes again with the first answer of the host, whatever it says', async () => {
    a.answer = noRoute;
    const client = aClient();
    await times(5, () => client.vmStatus(VM));
    a.answer = json(500, { data: null, message: 'VM is locked (backup)' });
    pair.time += 60_000;

    expect(await times(2, () => client.startVm(VM))).toEqual(['PROXMOX_CONTENTION', 'PROXMOX_CONTENTION']);

    expect(client.breakers()).toContainEqual({ scope: 'node', name: 'hv6', state: 'CLOSED' });
  });
});
