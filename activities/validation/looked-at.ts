/** Facts that could not be seen, with the reason. */
import { ClusterwrightError } from '../../domain/errors.js';
import { seen, unseen, type Seen } from '../../domain/validation/verdict.js';

/** @throws only the reason of `signal`, when that was aborted. */
export async function lookedAt<T>(signal: AbortSignal, look: () => Promise<T>): Promise<Seen<T>> {
  try {
    return seen(await look());
  } catch (error) {
    signal.throwIfAborted();
    return unseen(reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ClusterwrightError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
