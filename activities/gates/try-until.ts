/** Looks again and again until nothing speaks against a gate, or its time is over. */
import { ClusterwrightError, fail } from '../../domain/errors.js';
import type { Pulse } from '../ssh/heartbeat.js';

const POLL_MS = 1_000;

export interface Patience {
  /** Epoch, in milliseconds. */
  readonly deadlineMs: number;
  readonly pulse: Pulse;
}

/** @throws `UPGRADE_GATE_FAILED` with the last objection, and what no waiting can mend. */
export async function tryUntil(
  { deadlineMs, pulse }: Patience,
  objection: () => Promise<string | null>,
): Promise<void> {
  for (;;) {
    let reason: string;
    try {
      const found = await objection();
      if (found === null) return;
      reason = found;
    } catch (error) {
      pulse.signal.throwIfAborted();
      if (!(error instanceof ClusterwrightError) || error.kind.retry === 'never') throw error;
      reason = error.message;
    }
    if (Date.now() >= deadlineMs) throw fail('UPGRADE_GATE_FAILED', reason);
    pulse.say(reason);
    await pulse.pause(POLL_MS);
  }
}
