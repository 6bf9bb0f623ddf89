/** An HTTP request over a connection inside the lab's network. */
import { request as httpRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';

export interface GuestRequest {
  readonly stream: Duplex;
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  /** For https; `ca` in PEM, and no check at all with `isInsecure`. */
  readonly tls?: {
    readonly isInsecure: boolean;
    readonly ca?: string | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  };
}

export interface GuestResponse {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: Buffer;
}

/** Rejects with Node's error: its `code` tells a refused certificate from a connection that broke. */
export function httpOver({
  stream,
  url,
  method,
  headers,
  body,
  signal,
  tls,
}: GuestRequest): Promise<GuestResponse> {
  const { isInsecure = false, ...identity } = tls ?? {};
  const isName = !/^[\d.]+$|^\[/.test(url.hostname);
  const secured =
    url.protocol === 'https:'
      ? tlsConnect({
          socket: stream,
          rejectUnauthorized: !isInsecure,
          host: url.hostname,
          ...(isName ? { servername: url.hostname } : {}),
          ...Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== undefined)),
        })
      : stream;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      stream.destroy();
      reject(error);
    };
    secured.on('error', fail);
    const outgoing = httpRequest(
      {
        method,
        host: url.hostname,
        path: `${url.pathname}${url.search}`,
        headers: { host: url.host, connection: 'close', ...headers },
        createConnection: () => secured,
        signal,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', fail);
        incoming.on('end', () => {
          stream.destroy();
          const { statusCode = 0, headers: answered } = incoming;
          resolve({ status: statusCode, location: answered.location, body: Buffer.concat(chunks) });
        });
      },
    );
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}
