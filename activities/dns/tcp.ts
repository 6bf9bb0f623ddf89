/** Asking over TCP, where each message is preceded by its length (RFC 1035, section 4.2.2). */
import { connect as connectDirectly, type Socket } from 'node:net';
import type { DnsEndpoint, ExchangeOptions, Judge, Reply } from './exchange.js';

/** @throws the signal's reason. */
export async function askOverTcp<T>(
  bytes: Buffer,
  endpoint: DnsEndpoint,
  judge: Judge<T>,
  { timing, signal, connect }: ExchangeOptions,
): Promise<Reply<T>> {
  const { tcpTimeoutMs } = timing;
  let socket: Socket;
  try {
    socket =
      connect === undefined
        ? connectDirectly({ host: endpoint.address, port: endpoint.port })
        : await connect(endpoint);
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'none', reason: error instanceof Error ? error.message : String(error), ignored: null };
  }
  return new Promise((resolve, reject) => {
    let ignored: string | null = null;
    let received = Buffer.alloc(0);
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      settle();
    };
    const giveUp = (reason: string): void => finish(() => resolve({ kind: 'none', reason, ignored }));
    const onAbort = (): void => finish(() => reject(signal.reason as Error));
    const timer = setTimeout(() => giveUp(`no answer over TCP in ${tcpTimeoutMs} ms`), tcpTimeoutMs);
    signal.addEventListener('abort', onAbort);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const judgement = judge(received.subarray(2, end));
        if (judgement.kind !== 'ignored') return finish(() => resolve(judgement));
        ignored = judgement.reason;
        received = received.subarray(end);
      }
    });
    socket.on('error', (error) => giveUp(error.message));
    socket.on('close', () => giveUp('the connection was closed before the answer came'));
    socket.write(Buffer.concat([lengthOf(bytes), bytes]));
    if (signal.aborted) onAbort();
  });
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return length;
}
