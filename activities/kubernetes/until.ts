/** Looks again and again, with the reason for waiting where people see it. */
import { ClusterwrightError, fail, type ErrorCode } from '../../domain/errors.js';
import type { Pulse } from '../ssh/heartbeat.js';

const POLL_MS = 500;
/** After that the reason is seen in the run; the retry goes on looking. */
const LOOK_FOR_MS = 60_000;

/** @throws `code` with the last objection, or what `objection` threw last; at once what no waiting can mend. */
export async function until(
  code: ErrorCode,
  pulse: Pulse,
  objection: () => Promise<string | null>,
): Promise<void> {
  const end = Date.now() + LOOK_FOR_MS;
  for (;;) {
    let reason: string;
    try {
      const found = await objection();
      if (found === null) return;
      reason = found;
    } catch (error) {
      if (!(error instanceof ClusterwrightError) || error.kind.retry === 'never' || Date.now() > end)
        throw error;
      reason = error.message;
    }
    if (Date.now() > end) throw fail(code, reason);
    pulse.say(reason);
    await pulse.pause(POLL_MS);
  }
}
