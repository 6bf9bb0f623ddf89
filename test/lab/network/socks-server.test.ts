import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { SocksClient } from 'socks';
import { LabNetwork } from '../../../lab/network/lab-network.js';
import { startSocksServer, type SocksServer } from '../../../lab/network/socks-server.js';

const network = new LabNetwork();
const servers: SocksServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  network.detach('10.0.0.5');
});

async function aServer(
  options: { handshakeTimeoutMs?: number } = {},
): Promise<{ host: string; port: number }> {
  const server = await startSocksServer({
    host: '127.0.0.1',
    port: 0,
    network,
    unreachableAfterMs: 5,
    ...options,
  });
  servers.push(server);
  const { hostname, port } = new URL(server.url);
  return { host: hostname, port: Number(port) };
}

/** Answers each connection with what it gets, in capitals. */
function listen(address: string, port: number): void {
  network.attach(address);
  network.listen(address, port, (socket) => {
    socket.on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()));
    socket.on('end', () => socket.end());
  });
}

async function open(proxy: { host: string; port: number }, host: string, port: number): Promise<Socket> {
  const { socket } = await SocksClient.createConnection({
    command: 'connect',
    destination: { host, port },
    proxy: { ...proxy, type: 5 },
  });
  return socket;
}

/** Sends the bytes and reads until the server hangs up. */
async function exchange(
  proxy: { host: string; port: number },
  ...parts: (number[] | string)[]
): Promise<Buffer> {
  const socket = connect(proxy.port, proxy.host);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  for (const part of parts) socket.write(typeof part === 'string' ? part : Buffer.from(part));
  socket.end();
  await once(socket, 'close');
  return Buffer.concat(chunks);
}

const GREETING = [5, 1, 0];
const connectTo = (address: number[], port: number): number[] => [
  5,
  1,
  0,
  1,
  ...address,
  port >> 8,
  port & 255,
];

describe('the entrance to the lab’s network', () => {
  test('hands a connection to what listens at the address', async () => {
    const proxy = await aServer();
    listen('10.0.0.5', 22);

    const socket = await open(proxy, '10.0.0.5', 22);
    socket.write('hello');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();

    expect(answer.toString()).toBe('HELLO');
  });

  test.each([
    ['a domain name that spells an address', '10.0.0.5', [3, 8, ...Buffer.from('10.0.0.5')]],
    [
      'an IPv4 address inside an IPv6 one',
      '10.0.0.5',
      [4, ...Array<number>(10).fill(0), 255, 255, 10, 0, 0, 5],
    ],
    ['an IPv6 address', 'fd00::5', [4, 0xfd, 0, ...Array<number>(13).fill(0), 5]],
  ])('takes %s', async (_, address, destination) => {
    const proxy = await aServer();
    listen(address, 22);

    const answer = await exchange(proxy, GREETING, [5, 1, 0, ...destination, 0, 22], 'hello');
    network.detach(address);

    expect(answer.subarray(2, 4)).toEqual(Buffer.from([5, 0]));
    expect(answer.subarray(12).toString()).toBe('HELLO');
  });

  test('loses no byte that comes together with the request', async () => {
    const proxy = await aServer();
    listen('10.0.0.5', 22);

    const answer = await exchange(proxy, [
      ...GREETING,
      ...connectTo([10, 0, 0, 5], 22),
      ...Buffer.from('early'),
    ]);

    expect(answer.subarray(12).toString()).toBe('EARLY');
  });

  test('takes a request that comes byte by byte', async () => {
    const proxy = await aServer();
    listen('10.0.0.5', 22);
    const socket = connect(proxy.port, proxy.host).setNoDelay(true);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));

    for (const byte of [...GREETING, ...connectTo([10, 0, 0, 5], 22), ...Buffer.from('slow')]) {
      await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
    }
    socket.end();
    await once(socket, 'close');

    expect(Buffer.concat(chunks).subarray(12).toString()).toBe('SLOW');
  });

  test('refuses a closed port of an address that is up', async () => {
    const proxy = await aServer();
    listen('10.0.0.5', 22);

    const opening = open(proxy, '10.0.0.5', 23);

    await expect(opening).rejects.toThrow(/ConnectionRefused/);
  });

  test('calls an address that is not up unreachable', async () => {
    const proxy = await aServer();

    const opening = open(proxy, '10.0.0.6', 22);

    await expect(opening).rejects.toThrow(/HostUnreachable/);
  });

  test.each([
    ['a client that insists on a password', [[5, 1, 2]], [5, 0xff]],
    ['BIND', [GREETING, [5, 2, 0, 1, 10, 0, 0, 5, 0, 22]], [5, 0, 5, 7]],
    ['UDP ASSOCIATE', [GREETING, [5, 3, 0, 1, 10, 0, 0, 5, 0, 22]], [5, 0, 5, 7]],
    ['an unknown type of address', [GREETING, [5, 1, 0, 9, 10, 0, 0, 5, 0, 22]], [5, 0, 5, 8]],
  ])('refuses %s with the right code', async (_, parts, expected) => {
    const proxy = await aServer();

    const answer = await exchange(proxy, ...parts);

    expect([...answer.subarray(0, expected.length)]).toEqual(expected);
  });

  test.each([
    ['SOCKS 4', [[4, 1, 0, 22, 10, 0, 0, 5, 0]]],
    ['HTTP', ['GET / HTTP/1.1\r\n\r\n']],
    ['a request of another version', [GREETING, [4, 1, 0, 1, 10, 0, 0, 5, 0, 22]]],
    ['a reserved byte that is not zero', [GREETING, [5, 1, 7, 1, 10, 0, 0, 5, 0, 22]]],
    ['nothing at all', []],
  ])('hangs up on %s and goes on serving', async (_, parts) => {
    const proxy = await aServer();
    listen('10.0.0.5', 22);

    const answer = await exchange(proxy, ...(parts as (number[] | string)[]));
    const socket = await open(proxy, '10.0.0.5', 22);
    socket.destroy();

    expect(answer.length).toBeLessThanOrEqual(2);
  });

  test('hangs up on a client that takes too long to say where it wants to go', async () => {
    const proxy = await aServer({ handshakeTimeoutMs: 12 });
    const socket = connect(proxy.port, proxy.host);
    socket.on('error', () => undefined);
    socket.resume();
    const nagging = setInterval(() => socket.write(Buffer.from([5])), 5);

    await expect(once(socket, 'close')).resolves.toBeDefined();
    clearInterval(nagging);
  });

  test('does not apply the time limit of the handshake to the connection', async () => {
    const proxy = await aServer({ handshakeTimeoutMs: 500 });
    listen('10.0.0.5', 22);
    const socket = await open(proxy, '10.0.0.5', 22);

    // One that began later has used up its time: so would have this one.
    const silent = connect(proxy.port, proxy.host).resume();
    await once(silent, 'close');
    socket.write('still there');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();

    expect(answer.toString()).toBe('STILL THERE');
  });
});
