import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createNetworkActivities } from '../../../activities/network/activities.js';
import { parseNeighbours } from '../../../activities/network/neighbours.js';
import type { InUse } from '../../../activities/network/probe-result.js';
import { LabNetwork } from '../../../lab/network/lab-network.js';
import { startSocksServer } from '../../../lab/network/socks-server.js';
import { anEnvironment } from '../proxmox/environment.js';

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function aServer(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

async function aProxy(network: LabNetwork): Promise<string> {
  const server = await startSocksServer({ host: '127.0.0.1', port: 0, network, unreachableAfterMs: 0 });
  cleanups.push(() => server.close());
  return server.url;
}

/** A proxy that says that each connection succeeded, and then does with it what the test says. */
async function anOptimisticProxy(then: (socket: Socket) => void): Promise<string> {
  const port = await aServer((socket) => {
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', () => {
        socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
        then(socket);
      });
    });
  });
  return `socks5://127.0.0.1:${port}`;
}

async function probe(
  proxyUrl: string | null,
  addresses: readonly string[],
  options: { readonly ports?: readonly [number, ...number[]]; readonly timeoutMs?: number } = {},
): Promise<readonly InUse[]> {
  const activities = createNetworkActivities({ proxyUrl, timeoutMs: 2_000, ...options });
  const looking: Promise<{ readonly inUse: readonly InUse[] }> = anEnvironment().run(() =>
    activities.probeAddresses({ addresses }),
  );
  const { inUse } = await looking;
  return inUse;
}

describe('through a proxy', () => {
  test('addresses that answer or refuse are in use, and those that nobody has are not', async () => {
    const network = new LabNetwork();
    network.attach('10.1.107.7');
    network.attach('10.1.107.8');
    network.listen('10.1.107.8', 22, (socket) => socket.write('SSH-2.0-stranger\r\n'));
    const proxyUrl = await aProxy(network);

    const inUse = await probe(proxyUrl, ['10.1.107.6', '10.1.107.7', '10.1.107.8', '10.1.107.9']);

    expect(inUse).toEqual([
      { address: '10.1.107.7', evidence: 'refuses connections to port 22' },
      { address: '10.1.107.8', evidence: 'answers on port 22' },
    ]);
  });

  test('who accepts a connection and says nothing is there, when others are told not to be', async () => {
    const network = new LabNetwork();
    network.attach('10.1.107.7');
    network.listen('10.1.107.7', 22, () => {});
    const proxyUrl = await aProxy(network);

    expect(await probe(proxyUrl, ['10.1.107.6', '10.1.107.7'])).toEqual([
      { address: '10.1.107.7', evidence: 'accepts connections to port 22' },
    ]);
  });

  test.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => {}],
    ['is closed', (socket) => socket.end()],
    ['is reset', (socket) => socket.resetAndDestroy()],
  ])('a connection that was reported open and then %s proves nothing', async (_what, then) => {
    const proxyUrl = await anOptimisticProxy(then);

    expect(await probe(proxyUrl, ['10.1.107.6', '10.1.107.7'], { timeoutMs: 50 })).toEqual([]);
  });

  test('a connection on which somebody speaks does', async () => {
    const proxyUrl = await anOptimisticProxy((socket) => socket.write('SSH-2.0-x\r\n'));

    expect(await probe(proxyUrl, ['10.1.107.6'])).toEqual([
      { address: '10.1.107.6', evidence: 'answers on port 22' },
    ]);
  });

  test('a thousand addresses are looked at, a bounded number at once', async () => {
    let [atOnce, most] = [0, 0];
    const port = await aServer((socket) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      socket.on('close', () => (atOnce -= 1));
      socket.once('data', () => {
        socket.write(Buffer.from([5, 0]));
        socket.once('data', () => socket.end(Buffer.from([5, 4, 0, 1, 0, 0, 0, 0, 0, 0])));
      });
    });
    const addresses = Array.from({ length: 1_000 }, (_, n) => `10.1.${n >> 8}.${n & 255}`);

    expect(await probe(`socks5://127.0.0.1:${port}`, addresses, { timeoutMs: 5_000 })).toEqual([]);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(64);
  });

  test('a proxy that is not there, or may not connect, is no proof that nobody answers', async () => {
    const port = await aServer((socket) => {
      socket.once('data', () => {
        socket.write(Buffer.from([5, 0]));
        socket.once('data', () => socket.end(Buffer.from([5, 2, 0, 1, 0, 0, 0, 0, 0, 0])));
      });
    });

    for (const proxyUrl of ['socks5://127.0.0.1:1', `socks5://127.0.0.1:${port}`]) {
      await expect(probe(proxyUrl, ['10.1.107.6'])).rejects.toMatchObject({
        code: 'MACHINE_PROXY_UNREACHABLE',
      });
    }
  });

  test('a cancelled look ends', async () => {
    const port = await aServer(() => {});
    const environment = anEnvironment();
    const activities = createNetworkActivities({ proxyUrl: `socks5://127.0.0.1:${port}`, timeoutMs: 50 });
    const addresses = Array.from({ length: 1_000 }, (_, n) => `10.1.${n >> 8}.${n & 255}`);

    const looking = environment.run(() => activities.probeAddresses({ addresses }));
    environment.cancel();

    await expect(looking).rejects.toThrow();
  });
});

describe('directly', () => {
  test('an open port and a closed one are both answers', async () => {
    const open = await aServer(() => {});

    expect(await probe(null, ['127.0.0.1'], { ports: [open] })).toEqual([
      { address: '127.0.0.1', evidence: `accepts connections to port ${open}` },
    ]);
    expect(await probe(null, ['127.0.0.1'], { ports: [1] })).toEqual([
      { address: '127.0.0.1', evidence: 'refuses connections to port 1' },
    ]);
  });

  test('what the system has heard of by ARP is read from its table', () => {
    const json = JSON.stringify([
      { dst: '10.1.107.7', dev: 'eth0', lladdr: 'bc:24:11:00:00:07', state: ['REACHABLE'] },
      { dst: '10.1.107.8', dev: 'eth0', state: ['REACHABLE'] },
    ]);

    expect([...parseNeighbours(json)]).toEqual([['10.1.107.7', 'bc:24:11:00:00:07']]);
  });
});
