/** Asking over UDP: the same bytes again and again, until the answer to any of them comes. */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { DnsEndpoint, ExchangeOptions, Judge, Reply } from './exchange.js';

/**
 * The socket takes from the asked address and port alone, and has a port of its own that is not known to others.
 * @throws the signal's reason.
 */
export function askOverUdp<T>(
  bytes: Buffer,
  { address, port }: DnsEndpoint,
  judge: Judge<T>,
  { timing, signal }: ExchangeOptions,
): Promise<Reply<T>> {
  const { udpTimeoutMs, udpAttempts } = timing;
  return new Promise((resolve, reject) => {
    const socket: Socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    let attempts = 0;
    let ignored: string | null = null;
    let reason = `no answer to ${udpAttempts} questions, ${udpTimeoutMs} ms each`;
    let timer: NodeJS.Timeout | undefined;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      // Only ours: a socket that is still being opened closes by a listener of its own. A refusal may be on its way.
      socket.off('message', onMessage).off('connect', attempt);
      socket.close();
      settle();
    };
    const onMessage = (message: Buffer): void => {
      const judgement = judge(message);
      if (judgement.kind === 'ignored') ignored = judgement.reason;
      else finish(() => resolve(judgement));
    };
    const onAbort = (): void => finish(() => reject(signal.reason as Error));
    const attempt = (): void => {
      clearTimeout(timer);
      if (attempts === udpAttempts) return finish(() => resolve({ kind: 'none', reason, ignored }));
      attempts += 1;
      timer = setTimeout(attempt, udpTimeoutMs);
      socket.send(bytes, (error) => {
        if (error !== null) reason = error.message;
      });
    };
    // The server's system says that nobody listens, which may be over in a moment: the next attempt tells.
    socket.on('message', onMessage);
    socket.on('error', (error) => {
      reason = error.message;
    });
    socket.on('connect', attempt);
    signal.addEventListener('abort', onAbort);
    timer = setTimeout(() => finish(() => resolve({ kind: 'none', reason, ignored })), udpTimeoutMs);
    socket.connect(port, address);
  });
}
