/** One question to one server, and its answer: over UDP, and over TCP when one of both is long. */
import type { Socket } from 'node:net';
import { type ClusterwrightError, fail } from '../../domain/errors.js';
import { askOverTcp } from './tcp.js';
import { askOverUdp } from './udp.js';

/** What can be sent over UDP without asking whether more can be (RFC 1035, section 2.3.4). */
const LONGEST_DATAGRAM = 512;

export interface DnsEndpoint {
  readonly address: string;
  readonly port: number;
}

export interface DnsTiming {
  /** For each attempt over UDP. */
  readonly udpTimeoutMs: number;
  readonly udpAttempts: number;
  readonly tcpTimeoutMs: number;
}

export const DNS_TIMING: DnsTiming = { udpTimeoutMs: 2_000, udpAttempts: 3, tcpTimeoutMs: 10_000 };

export interface ExchangeOptions {
  readonly timing: DnsTiming;
  readonly signal: AbortSignal;
  /** Opens a TCP connection another way than directly; then nothing is asked over UDP. */
  readonly connect?: (endpoint: DnsEndpoint) => Promise<Socket>;
}

/** What is thought of something that came: it need not be the answer. */
export type Judgement<T> =
  | { readonly kind: 'taken'; readonly value: T }
  /** The answer has been shortened. */
  | { readonly kind: 'truncated' }
  /** The answer is that it cannot be done. */
  | { readonly kind: 'failed'; readonly error: ClusterwrightError }
  /** Somebody else's, or nobody's: the answer may still come. */
  | { readonly kind: 'ignored'; readonly reason: string };

export type Judge<T> = (bytes: Buffer) => Judgement<T>;

/** How asking over one transport ended. */
export type Reply<T> =
  | Exclude<Judgement<T>, { readonly kind: 'ignored' }>
  | {
      readonly kind: 'none';
      readonly reason: string;
      /** Why what came was not the answer; `null` when nothing came. */
      readonly ignored: string | null;
    };

/**
 * Asks until something comes that is the answer. What is asked may arrive several times, and may have arrived when this
 * throws.
 * @throws `DNS_UNREACHABLE`, `DNS_ANSWER_INVALID`, what `judge` makes of the answer; the signal's reason when it is aborted.
 */
export async function exchange<T>(
  bytes: Buffer,
  endpoint: DnsEndpoint,
  judge: Judge<T>,
  options: ExchangeOptions,
): Promise<T> {
  const { signal, connect } = options;
  signal.throwIfAborted();
  const isShort = bytes.length <= LONGEST_DATAGRAM && connect === undefined;
  const byUdp = isShort ? await askOverUdp(bytes, endpoint, judge, options) : undefined;
  const reply =
    byUdp === undefined || byUdp.kind === 'truncated'
      ? await askOverTcp(bytes, endpoint, judge, options)
      : byUdp;
  const where = `${endpoint.address} port ${endpoint.port}`;
  switch (reply.kind) {
    case 'taken':
      return reply.value;
    case 'failed':
      throw reply.error;
    case 'truncated':
      throw fail('DNS_ANSWER_INVALID', `${where} shortens its answer over TCP, too`);
    case 'none':
      if (reply.ignored !== null) throw fail('DNS_ANSWER_INVALID', `${where}: ${reply.ignored}`);
      throw fail('DNS_UNREACHABLE', `${where}: ${reply.reason}`);
  }
}
