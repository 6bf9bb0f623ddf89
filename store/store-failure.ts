/** What SQLite reports, in the product's own terms. */
import { ClusterwrightError, fail } from '../domain/errors.js';

/** `STORE_UNAVAILABLE` with SQLite's code and words; they name tables and columns, never values. */
export function storeFailure(error: unknown): ClusterwrightError {
  if (error instanceof ClusterwrightError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  return fail('STORE_UNAVAILABLE', code === '' ? message : `${code}: ${message}`, { cause: error });
}

/** Another connection holds the lock; SQLITE_BUSY_RECOVERY and the like are kinds of it. */
export function isBusy(error: unknown): boolean {
  return codeOf(error instanceof ClusterwrightError ? error.cause : error).startsWith('SQLITE_BUSY');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
