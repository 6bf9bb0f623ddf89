/** One GET to what stands beside the machines, through the proxy by which they are reached. */
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { openTunnel } from '../ssh/socks-tunnel.js';

export interface Look {
  /** `socks5://host:port`, or `null` to connect directly. */
  readonly proxyUrl: string | null;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Cut off after a mebibyte. */
  readonly body: string;
}

const TIMEOUT_MS = 10_000;
const MOST_CHARACTERS = 1024 * 1024;
const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Follows no redirection. @throws whatever the proxy, the network or the other side reports, as a plain error. */
export async function httpGet(url: URL, { proxyUrl, signal }: Look): Promise<HttpAnswer> {
  const tunnel = proxyUrl === null ? undefined : await tunnelTo(url, proxyUrl);
  try {
    return await new Promise<HttpAnswer>((resolve, reject) => {
      const send = url.protocol === 'https:' ? secureRequest : plainRequest;
      const through = tunnel === undefined ? {} : { createConnection: () => tunnel };
      const options = {
        headers: { connection: 'close' },
        timeout: TIMEOUT_MS,
        agent: false,
        signal,
      } as const;
      const sent = send(url, { ...options, ...through });
      sent.on('response', (response: IncomingMessage) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          if (body.length < MOST_CHARACTERS) body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)));
      sent.on('error', reject);
      sent.end();
    });
  } finally {
    tunnel?.destroy();
  }
}

async function tunnelTo({ protocol, hostname, port }: URL, proxyUrl: string): Promise<Socket> {
  // An IPv6 address stands in brackets in a URL only.
  const address = hostname.replace(/^\[|\]$/g, '');
  const number = port === '' ? (PORTS[protocol] ?? 80) : Number(port);
  const socket = await openTunnel({ proxyUrl, address, port: number, timeoutMs: TIMEOUT_MS });
  if (protocol !== 'https:') return socket;
  return connectTls({ socket, ...(isIP(address) === 0 ? { servername: address } : { host: address }) });
}
