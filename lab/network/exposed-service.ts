/** A server of the host that the lab's machines see at an address of their own network. */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const LOOPBACK = '127.0.0.1';
/** A header that the machine itself sent would let it pass for another one. */
const FORWARDED = ['x-forwarded-for', 'forwarded'];
/** They concern one connection, not the request (RFC 9110, 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'];
const BAD_GATEWAY = 502;

/**
 * An HTTP reverse proxy: the server behind it sees every connection come from loopback, so the machine's address goes
 * along in `X-Forwarded-For`.
 */
export class ExposedService {
  private readonly port: number;
  private readonly sources = new WeakMap<object, string>();
  private readonly server = createServer((incoming, response) => this.pass(incoming, response));

  constructor(port: number) {
    this.port = port;
  }

  /** Takes over a connection that the machine at `source` opened. */
  connect(socket: Socket, source: string): void {
    this.sources.set(socket, source);
    this.server.emit('connection', socket);
  }

  private pass(incoming: IncomingMessage, response: ServerResponse): void {
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).filter(
        ([name]) => !FORWARDED.includes(name) && !HOP_BY_HOP.includes(name),
      ),
    );
    const source = this.sources.get(incoming.socket) ?? '';
    const outgoing = httpRequest(
      {
        host: LOOPBACK,
        port: this.port,
        method: incoming.method ?? 'GET',
        path: incoming.url ?? '/',
        headers: { ...headers, 'x-forwarded-for': source },
        agent: false,
      },
      (answer) => {
        const kept = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.includes(name));
        response.writeHead(answer.statusCode ?? BAD_GATEWAY, Object.fromEntries(kept));
        answer.pipe(response);
        // A body that breaks off must not look complete.
        answer.on('error', () => response.destroy());
      },
    );
    // Nobody serves at the port: the machine sees its connection break, as it would without a proxy.
    outgoing.on('error', () => incoming.socket.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }
}
