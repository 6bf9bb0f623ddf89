/** One HTTP request to a machine, through the proxy by which machines are reached. */
import { request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { openTunnel } from '../../ssh/socks-tunnel.js';

export interface HttpProbe {
  readonly address: string;
  readonly port: number;
  readonly path: string;
  /** What the request says it is for. */
  readonly hostName: string;
  /** `socks5://host:port`, or `null` to connect directly. */
  readonly proxyUrl: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const MOST_BYTES = 4_096;

/** @throws whatever the proxy, the network or the other side reports, as a plain error. */
export async function httpProbe(
  probe: HttpProbe,
): Promise<{ readonly status: number; readonly body: string }> {
  const { address, port, path, hostName, proxyUrl, timeoutMs, signal } = probe;
  const socket: Socket =
    proxyUrl === null
      ? connect({ host: address, port })
      : await openTunnel({ proxyUrl, address, port, timeoutMs });
  try {
    return await new Promise((resolve, reject) => {
      const headers = { host: hostName, connection: 'close' };
      const sent = request({ path, headers, timeout: timeoutMs, signal, createConnection: () => socket });
      sent.on('response', (response: IncomingMessage) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          if (body.length < MOST_BYTES) body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)));
      sent.on('error', reject);
      sent.end();
    });
  } finally {
    socket.destroy();
  }
}
