import { generateKeyPair } from '../../../activities/ssh/key-pair.js';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import type ssh2 from 'ssh2';
import { connect, withConnection } from '../../../activities/ssh/connection.js';
import { aServer, aTcpServer, loginTo, NEVER_ABORTED, socketOf, type Answer } from './ssh-server.js';

const ANSWER: Answer = () => ({ stdout: 'hello' });
const HOW = { timeoutMs: 5_000, signal: NEVER_ABORTED };

describe('trust on first use', () => {
  test('learns the host key at the first login, and accepts it at the next', async () => {
    const { port } = await aServer(ANSWER);
    const learnt: string[] = [];
    const tell = (sha256: string): Promise<void> => {
      learnt.push(sha256);
      return Promise.resolve();
    };
    await withConnection(loginTo(port, { hostKey: { expected: null, learnt: tell } }), () =>
      Promise.resolve(),
    );

    const result = await withConnection(
      loginTo(port, { hostKey: { expected: learnt[0] ?? '', learnt: tell } }),
      (connection) => connection.run('x', HOW),
    );

    expect(result.stdout).toBe('hello');
    expect(learnt).toEqual([expect.stringMatching(/^[A-Za-z0-9+/]{43}$/)]);
  });

  test('refuses another host key before our own is shown to it', async () => {
    const { port, server } = await aServer(ANSWER, {
      hostKey: generateKeyPair('test').private,
    });

    const connecting = connect(
      loginTo(port, { hostKey: { expected: 'A'.repeat(43), learnt: () => Promise.reject(new Error('no')) } }),
    );

    await expect(connecting).rejects.toMatchObject({
      code: 'SSH_HOST_KEY_CHANGED',
      message: expect.stringContaining(`SHA256:${'A'.repeat(43)} is pinned`),
    });
    expect(server.commands).toEqual([]);
  });

  test('learns nothing from a machine that refuses our key', async () => {
    const { port } = await aServer(ANSWER, { publicKey: generateKeyPair('test').public });
    const learnt: string[] = [];

    const connecting = connect(
      loginTo(port, {
        hostKey: {
          expected: null,
          learnt: (sha256) => {
            learnt.push(sha256);
            return Promise.resolve();
          },
        },
      }),
    );

    await expect(connecting).rejects.toMatchObject({ code: 'SSH_UNAUTHENTICATED' });
    expect(learnt).toEqual([]);
  });

  test('gives the connection up when the key cannot be noted', async () => {
    const { port, server } = await aServer(ANSWER);
    const learnt = (): Promise<void> => Promise.reject(new Error('the store is away'));

    const connecting = connect(loginTo(port, { hostKey: { expected: null, learnt } }));

    await expect(connecting).rejects.toThrow('the store is away');
    await closed(server.clients[0]);
  });
});

describe('machines that do not let us in', () => {
  test('a closed port is SSH_UNREACHABLE', async () => {
    const { port, server } = await aServer(ANSWER);
    await server.close();

    await expect(connect(loginTo(port))).rejects.toMatchObject({ code: 'SSH_UNREACHABLE' });
  });

  test('a server that says nothing is given up after the time limit, and the socket is closed', async () => {
    let isClosed = Promise.resolve<unknown>(undefined);
    const port = await aTcpServer((socket) => {
      isClosed = once(socket, 'close');
      socket.resume();
    });

    const connecting = connect(loginTo(port, { readyTimeoutMs: 200 }));

    await expect(connecting).rejects.toMatchObject({ code: 'SSH_UNREACHABLE' });
    await isClosed;
  });

  test('a server that speaks something else is SSH_UNREACHABLE', async () => {
    const port = await aTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));

    await expect(connect(loginTo(port))).rejects.toMatchObject({ code: 'SSH_UNREACHABLE' });
  });

  test('a connection attempt ends at once when it is cancelled', async () => {
    const cancel = new AbortController();
    const port = await aTcpServer(() => cancel.abort(new Error('cancelled by the test')));

    const connecting = connect(loginTo(port, { signal: cancel.signal }));

    await expect(connecting).rejects.toThrow('cancelled by the test');
  });

  test('a private key that is none is told apart from one that is refused, and not quoted', async () => {
    const connecting = connect(loginTo(1, { privateKey: 'garbage' }));

    await expect(connecting).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
      message: expect.not.stringContaining('garbage'),
    });
  });
});

test('the connection is closed when the work with it fails', async () => {
  const { port, server } = await aServer(ANSWER);

  const working = withConnection(loginTo(port), () => Promise.reject(new Error('broken')));

  await expect(working).rejects.toThrow('broken');
  await closed(server.clients[0]);
});

describe('through a SOCKS 5 proxy', () => {
  test('the machine is reached, by the address that was given', async () => {
    const { port } = await aServer(ANSWER);
    const asked: string[] = [];
    const proxyPort = await aSocksProxy(port, asked);

    const result = await withConnection(
      loginTo(22, { address: '10.9.8.7', proxyUrl: `socks5://127.0.0.1:${proxyPort}` }),
      (connection) => connection.run('x', HOW),
    );

    expect(result.stdout).toBe('hello');
    expect(asked).toEqual(['10.9.8.7:22']);
  });

  test('a machine that the proxy cannot reach is SSH_UNREACHABLE', async () => {
    const proxyPort = await aTcpServer((socket) => {
      socket.once('data', () => {
        socket.write(Buffer.from([5, 0]));
        socket.once('data', () => socket.end(Buffer.from([5, 4, 0, 1, 0, 0, 0, 0, 0, 0])));
      });
    });

    const connecting = connect(loginTo(22, { proxyUrl: `socks5://127.0.0.1:${proxyPort}` }));

    await expect(connecting).rejects.toMatchObject({ code: 'SSH_UNREACHABLE' });
  });

  test('a proxy that says nothing is given up when the attempt is cancelled', async () => {
    const cancel = new AbortController();
    const proxyPort = await aTcpServer((socket) =>
      socket.once('data', () => cancel.abort(new Error('cancelled'))),
    );

    const connecting = connect(
      loginTo(22, {
        proxyUrl: `socks5://127.0.0.1:${proxyPort}`,
        signal: cancel.signal,
        readyTimeoutMs: 1_000,
      }),
    );

    await expect(connecting).rejects.toThrow('cancelled');
  });
});

/** Resolves when the server has seen the connection close. */
async function closed(client: ssh2.Connection | undefined): Promise<void> {
  if (client === undefined) throw new Error('nobody connected');
  if (!socketOf(client).destroyed) await once(client, 'close');
}

/** Speaks enough of RFC 1928 to forward IPv4 connections to one port. */
function aSocksProxy(target: number, asked: string[]): Promise<number> {
  return aTcpServer((socket) => {
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', (request: Buffer) => {
        asked.push(`${[...request.subarray(4, 8)].join('.')}:${request.readUInt16BE(8)}`);
        const upstream = connectTcp(target, '127.0.0.1', () => {
          socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          socket.pipe(upstream).pipe(socket);
        });
        upstream.on('error', () => socket.destroy());
        socket.on('close', () => upstream.destroy());
      });
    });
  });
}
