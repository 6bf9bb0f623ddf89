/** Looks again and again until nothing speaks against a step, or the patience is over. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterwrightError } from '../../../domain/errors.js';
import type { CanaryStep } from '../../../domain/validation/facts/canary.js';
import { kubernetesError } from '../../kubernetes/client.js';

const POLL_MS = 500;

/** @throws the reason of `signal` when that was aborted, and what no waiting can mend. */
export async function within(
  { patienceMs, signal }: { readonly patienceMs: number; readonly signal: AbortSignal },
  done: string,
  objection: () => Promise<string | null>,
): Promise<CanaryStep> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const reason = await reasonOf(objection, signal);
    if (reason === null) return { kind: 'done', detail: done };
    if (Date.now() >= end) return { kind: 'failed', detail: `${reason} (after ${patienceMs / 1_000} s)` };
    await sleep(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function reasonOf(
  objection: () => Promise<string | null>,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    return await objection();
  } catch (error) {
    signal.throwIfAborted();
    const known = error instanceof ClusterwrightError ? error : kubernetesError(error);
    if (known.kind.retry === 'never') throw known;
    return known.message;
  }
}
