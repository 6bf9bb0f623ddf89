/** The entrance to the lab's network: a SOCKS 5 proxy, as `ssh -D` into a machine room would offer one. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { LabNetwork } from './lab-network.js';
import {
  greetingReply,
  parseGreeting,
  parseRequest,
  replyTo,
  type Parsed,
  type Reply,
} from './socks-protocol.js';

export interface SocksServerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly network: LabNetwork;
  /** How long a client has to say where it wants to go. */
  readonly handshakeTimeoutMs?: number;
  /** How long the silence of an address that is not up lasts before it is called unreachable. */
  readonly unreachableAfterMs?: number;
}

export interface SocksServer {
  /** `socks5://127.0.0.1:1080` */
  readonly url: string;
  close(): Promise<void>;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
const UNREACHABLE_AFTER_MS = 100;

/** RFC 1928 with CONNECT and no authentication; anything else is refused as the RFC says. */
export async function startSocksServer(options: SocksServerOptions): Promise<SocksServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // What is said here is mostly short and waited for.
    socket.setNoDelay(true);
    // A client that hangs up at a bad moment is its own problem.
    socket.on('error', () => socket.destroy());
    // For the whole of the handshake: a client that sends a byte now and then gets no more time.
    const limit = setTimeout(() => socket.destroy(), options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS);
    socket.on('close', () => clearTimeout(limit));
    welcome(socket, options).then(
      (isConnected) => isConnected && clearTimeout(limit),
      () => socket.destroy(),
    );
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `socks5://${options.host}:${port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** @returns whether the client was connected; if not, it has some time to take the refusal and to leave. */
async function welcome(socket: Socket, options: SocksServerOptions): Promise<boolean> {
  const { acceptsNoAuthentication } = await read(socket, parseGreeting);
  socket.write(greetingReply(acceptsNoAuthentication));
  if (!acceptsNoAuthentication) return hangUp(socket);

  const request = await read(socket, parseRequest);
  if (request.kind === 'refused') return refuse(socket, request.reply);
  const handler = options.network.handlerAt(request.address, request.port);
  if (handler === undefined) {
    if (options.network.isUp(request.address)) return refuse(socket, 'connection-refused');
    await new Promise((resolve) => setTimeout(resolve, options.unreachableAfterMs ?? UNREACHABLE_AFTER_MS));
    return refuse(socket, 'host-unreachable');
  }
  socket.write(replyTo('succeeded'));
  handler(socket);
  return true;
}

/**
 * Reads until `parse` has what it needs. Bytes behind it stay in the socket, paused: a client may send the first
 * ones of its own protocol with the request, and they belong to whoever answers there.
 */
function read<T>(socket: Socket, parse: (bytes: Buffer) => Parsed<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const settle = (outcome: () => void): void => {
      socket.off('readable', onReadable);
      socket.off('close', onClose);
      socket.off('end', onClose);
      outcome();
    };
    const onClose = (): void => settle(() => reject(new Error('the client left')));
    const onReadable = (): void => {
      for (
        let chunk = socket.read() as Buffer | null;
        chunk !== null;
        chunk = socket.read() as Buffer | null
      ) {
        bytes = Buffer.concat([bytes, chunk]);
      }
      const parsed = parse(bytes);
      if (parsed.kind === 'incomplete') return;
      if (parsed.kind === 'malformed') return settle(() => reject(new Error('not SOCKS 5')));
      const rest = bytes.subarray(parsed.length);
      settle(() => {
        if (rest.length > 0) socket.unshift(rest);
        resolve(parsed.value);
      });
    };
    socket.on('readable', onReadable);
    socket.on('close', onClose);
    socket.on('end', onClose);
    onReadable();
  });
}

function refuse(socket: Socket, reply: Exclude<Reply, 'succeeded'>): false {
  if (!socket.destroyed) socket.write(replyTo(reply));
  return hangUp(socket);
}

/** What else the client sends is read and thrown away: unread bytes would turn the end into a reset. */
function hangUp(socket: Socket): false {
  socket.resume();
  socket.end();
  return false;
}
