/** Activities that wait: they stay alive for the server, and stop when they are told to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';

/** Far below any heartbeat timeout; the SDK thins them out. */
const HEARTBEAT_INTERVAL_MS = 1_000;

export interface Pulse {
  readonly signal: AbortSignal;
  /** What the next heartbeats tell: the reason for waiting, shown in the Temporal UI. */
  say(details: string): void;
  /** @throws the cancellation, when it comes meanwhile. */
  pause(ms: number): Promise<void>;
}

/** Sends heartbeats for as long as `work` takes. */
export async function withHeartbeats<T>(work: (pulse: Pulse) => Promise<T>): Promise<T> {
  const context = Context.current();
  const signal = context.cancellationSignal;
  let details: string | undefined;
  const beat = (): void => context.heartbeat(details);
  beat();
  const timer = setInterval(beat, HEARTBEAT_INTERVAL_MS);
  try {
    return await work({
      signal,
      say: (text) => {
        details = text;
        beat();
      },
      pause: async (ms) => {
        try {
          await sleep(ms, undefined, { signal });
        } catch {
          throw signal.reason;
        }
      },
    });
  } finally {
    clearInterval(timer);
  }
}
