/** Looks at an address from this machine. */
import { connect } from 'node:net';
import type { ProbeResult } from './probe-result.js';

/** Said by the local network, when nobody answers for the address, or by a router. */
const ABSENT = new Set(['EHOSTUNREACH', 'EHOSTDOWN']);

/** A refusal is an answer like any other. Without a route, or behind a filter, nothing is learnt. */
export function probeDirectly(
  address: string,
  port: number,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      settle();
    };
    const onAbort = (): void => finish(() => reject(signal.reason as Error));
    const timer = setTimeout(() => finish(() => resolve({ kind: 'silent' })), timeoutMs);
    signal.addEventListener('abort', onAbort);
    socket.on('connect', () =>
      finish(() => resolve({ kind: 'answered', evidence: `accepts connections to port ${port}` })),
    );
    socket.on('error', (error: NodeJS.ErrnoException) =>
      finish(() => resolve(resultOf(error.code ?? '', port))),
    );
    if (signal.aborted) onAbort();
  });
}

function resultOf(code: string, port: number): ProbeResult {
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET')
    return { kind: 'refused', evidence: `refuses connections to port ${port}` };
  return { kind: ABSENT.has(code) ? 'absent' : 'silent' };
}
