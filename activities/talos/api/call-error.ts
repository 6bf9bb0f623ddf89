/** What a call of the Talos API came to, when it did not succeed. */
import { status, type ServiceError } from '@grpc/grpc-js';
import { fail, type ClusterwrightError } from '../../../domain/errors.js';

/** Its status, for those who know better what it means. */
export class TalosCallError extends Error {
  readonly code: status;

  constructor(code: status, message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'TalosCallError';
    this.code = code;
  }

  /** The request may have been carried out all the same. */
  get isOutcomeUnknown(): boolean {
    return UNKNOWN_OUTCOME.has(this.code);
  }
}

const UNKNOWN_OUTCOME: ReadonlySet<status> = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.CANCELLED,
  status.ABORTED,
  status.INTERNAL,
]);

const UNREACHABLE: ReadonlySet<status> = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.CANCELLED,
]);

const REJECTED: ReadonlySet<status> = new Set([
  status.INVALID_ARGUMENT,
  status.UNIMPLEMENTED,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.OUT_OF_RANGE,
]);

export function callError(error: ServiceError): TalosCallError {
  return new TalosCallError(error.code, `${status[error.code]}: ${error.details}`, error);
}

/** @param redact takes secrets out of the machine's words: it quotes what it does not understand. */
export function talosError(
  error: TalosCallError,
  endpoint: string,
  redact: (text: string) => string,
): ClusterwrightError {
  const detail = redact(`${endpoint}: ${error.message}`);
  if (UNREACHABLE.has(error.code)) return fail('TALOS_UNREACHABLE', detail);
  return fail(REJECTED.has(error.code) ? 'TALOS_REJECTED' : 'TALOS_FAILED', detail);
}
