/** Looks at an address through the SOCKS proxy by which machines are reached. */
import type { Socket } from 'node:net';
import { fail } from '../../domain/errors.js';
import { openTunnel } from '../ssh/socks-tunnel.js';
import type { ProbeResult } from './probe-result.js';

/** How the library words the reply of a proxy (RFC 1928, section 6). */
const REPLY = /proxy rejected connection - (\w+)/i;

/**
 * A reply that the connection was refused proves that somebody is there. An open connection does so when somebody speaks on
 * it: some proxies, such as `ssh -D`, report success before they have tried.
 * @throws `MACHINE_PROXY_UNREACHABLE` when the proxy does not look: then nothing is known of the address.
 */
export async function probeThroughProxy(
  address: string,
  port: number,
  {
    proxyUrl,
    timeoutMs,
    signal,
  }: { readonly proxyUrl: string; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<ProbeResult> {
  signal.throwIfAborted();
  let socket: Socket;
  try {
    socket = await openTunnel({ proxyUrl, address, port, timeoutMs });
  } catch (error) {
    return resultOf(error, port, `${address} through ${new URL(proxyUrl).host}`);
  }
  try {
    return await firstWord(socket, port, timeoutMs);
  } finally {
    socket.destroy();
  }
}

function resultOf(error: unknown, port: number, what: string): ProbeResult {
  const text = error instanceof Error ? error.message : String(error);
  switch (REPLY.exec(text)?.[1]) {
    case 'ConnectionRefused':
      return { kind: 'refused', evidence: `refuses connections to port ${port}` };
    case 'HostUnreachable':
      return { kind: 'absent' };
    case 'Failure':
    case 'NetworkUnreachable':
    case 'TTLExpired':
      return { kind: 'silent' };
    case undefined:
      if (/timed out/i.test(text)) return { kind: 'silent' };
  }
  throw fail('MACHINE_PROXY_UNREACHABLE', `${what}: ${text}`, { cause: error });
}

function firstWord(socket: Socket, port: number, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const connected: ProbeResult = { kind: 'connected', evidence: `accepts connections to port ${port}` };
    const timer = setTimeout(() => resolve(connected), timeoutMs);
    const end = (result: ProbeResult) => (): void => {
      clearTimeout(timer);
      resolve(result);
    };
    socket.once('data', end({ kind: 'answered', evidence: `answers on port ${port}` }));
    socket.once('error', end({ kind: 'silent' }));
    socket.once('close', end({ kind: 'silent' }));
    socket.resume();
  });
}
