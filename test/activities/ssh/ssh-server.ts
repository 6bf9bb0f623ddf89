/** An SSH server in this process, which answers each command as a test says. */
import { generateKeyPair } from '../../../activities/ssh/key-pair.js';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { afterEach } from '@jest/globals';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { connect, type ConnectOptions, type SshConnection } from '../../../activities/ssh/connection.js';

export interface Received {
  readonly command: string;
  readonly stdin: string;
  readonly channel: ServerChannel;
  readonly client: Connection;
}

export interface Reply {
  readonly code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** `undefined` leaves the command running. */
export type Answer = (received: Received) => Promise<Reply | undefined> | Reply | undefined;

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

export function onCleanup(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

export const USER_KEYS = generateKeyPair('test');
const HOST_KEYS = generateKeyPair('test');

export class SshServer {
  readonly commands: string[] = [];
  readonly clients: Connection[] = [];
  private readonly server: ssh2.Server;

  constructor(answer: Answer, options: { publicKey?: string; hostKey?: string } = {}) {
    const accepted = publicSsh(options.publicKey ?? USER_KEYS.public);
    this.server = new ssh2.Server({ hostKeys: [options.hostKey ?? HOST_KEYS.private] }, (client) => {
      this.clients.push(client);
      socketOf(client).setNoDelay(true);
      client.on('error', () => undefined);
      client.on('authentication', (request) => {
        if (request.method === 'publickey' && request.key.data.equals(accepted)) request.accept();
        else request.reject(['publickey']);
      });
      client.on('session', (accept) => {
        accept().on('exec', (acceptExec, _reject, { command }) => {
          this.commands.push(command);
          const channel = acceptExec();
          void this.converse(answer, { command, channel, client });
        });
      });
    });
  }

  async listen(port = 0): Promise<number> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    onCleanup(() => this.close());
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const client of this.clients) socketOf(client).destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async converse(answer: Answer, call: Omit<Received, 'stdin'>): Promise<void> {
    const { channel } = call;
    channel.on('error', () => undefined);
    const chunks: Buffer[] = [];
    channel.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(channel, 'end');
    const reply = await answer({ ...call, stdin: Buffer.concat(chunks).toString('utf8') });
    if (reply === undefined) return;
    if (reply.stderr !== undefined) channel.stderr.write(reply.stderr);
    if (reply.stdout !== undefined) channel.write(reply.stdout);
    channel.exit(reply.code ?? 0);
    channel.end();
  }
}

/** The TCP connection under an SSH one: ssh2 has no way to break it. */
export function socketOf(client: Connection): Socket {
  return (client as unknown as Record<'_sock', Socket>)['_sock'];
}

function publicSsh(text: string): Buffer {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key.getPublicSSH();
}

export async function aServer(answer: Answer, options: { publicKey?: string; hostKey?: string } = {}) {
  const server = new SshServer(answer, options);
  return { server, port: await server.listen() };
}

export const NEVER_ABORTED = new AbortController().signal;

export function loginTo(port: number, change: Partial<ConnectOptions> = {}): ConnectOptions {
  return {
    address: '127.0.0.1',
    port,
    user: 'ubuntu',
    privateKey: USER_KEYS.private,
    hostKey: { expected: null, learnt: () => Promise.resolve() },
    signal: NEVER_ABORTED,
    ...change,
  };
}

export async function aConnection(
  answer: Answer,
  change: Partial<ConnectOptions> = {},
): Promise<{ connection: SshConnection; server: SshServer }> {
  const { server, port } = await aServer(answer);
  const connection = await connect(loginTo(port, change));
  onCleanup(() => connection.dispose());
  return { connection, server };
}

/** Accepts connections and hands them to the test, which may well say nothing. */
export async function aTcpServer(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: TcpServer = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return (server.address() as AddressInfo).port;
}
