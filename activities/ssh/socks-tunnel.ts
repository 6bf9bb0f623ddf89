/** A TCP connection to a machine through a SOCKS 5 proxy (RFC 1928). */
import type { Socket } from 'node:net';
import { SocksClient } from 'socks';

const DEFAULT_SOCKS_PORT = 1080;

export interface TunnelOptions {
  /** `socks5://[user:password@]host[:port]` */
  readonly proxyUrl: string;
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/** @throws whatever the proxy or the network reports, as a plain error. */
export async function openTunnel({ proxyUrl, address, port, timeoutMs }: TunnelOptions): Promise<Socket> {
  const proxy = new URL(proxyUrl);
  const { socket } = await SocksClient.createConnection({
    command: 'connect',
    destination: { host: address, port },
    timeout: timeoutMs,
    proxy: {
      // An IPv6 address stands in brackets in a URL only.
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port === '' ? DEFAULT_SOCKS_PORT : Number(proxy.port),
      type: 5,
      ...(proxy.username === ''
        ? {}
        : { userId: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) }),
    },
  });
  return socket;
}
