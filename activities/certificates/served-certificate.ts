/** The certificate that an API server shows to whoever connects: a file may be newer than what its program has read. */
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { fail } from '../../domain/errors.js';
import { openTunnel } from '../ssh/socks-tunnel.js';
import { x509 } from './x509.js';

export interface ServedOptions {
  readonly address: string;
  readonly port: number;
  /** `socks5://host:port`, or `null` to connect directly. */
  readonly proxyUrl: string | null;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 10_000;

/** Nothing is sent, and nothing trusted: only looked at. @throws `CERTIFICATES_NOT_READ` */
export async function servedCertificate(
  options: ServedOptions,
): Promise<InstanceType<typeof x509.X509Certificate>> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  let socket: TLSSocket | undefined;
  try {
    socket = await dial(options);
    await once(socket, 'secureConnect', { signal });
    return new x509.X509Certificate(Uint8Array.from(socket.getPeerCertificate().raw));
  } catch (error) {
    options.signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw fail('CERTIFICATES_NOT_READ', `${options.address}:${options.port}: ${reason}`, { cause: error });
  } finally {
    socket?.destroy();
  }
}

async function dial({ address, port, proxyUrl }: ServedOptions): Promise<TLSSocket> {
  if (proxyUrl === null) return connect({ host: address, port, rejectUnauthorized: false });
  const tunnel = await openTunnel({ proxyUrl, address, port, timeoutMs: TIMEOUT_MS });
  const socket = connect({ socket: tunnel, rejectUnauthorized: false });
  tunnel.on('error', (error) => socket.destroy(error));
  return socket;
}
