/** Problem details (RFC 9457): how the API says that something went wrong. */
import { ClusterwrightError, type ErrorCode, ERRORS, type Fault, type Retry } from '../domain/errors.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export interface Problem {
  /** Reference to the error's entry: `/problems/cluster-not-found`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Names this one occurrence, such as `/requests/<id of the request>`. */
  readonly instance: string;
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly remedy: string;
  /** Every fault at once, each with its JSON pointer into the body; empty when the body is not to blame. */
  readonly errors: readonly Fault[];
}

/**
 * @param error anything that was thrown; what is not the product's own error becomes `INTERNAL`, and its words are
 * kept back, as they may hold what is none of the caller's business.
 * @param instance names the occurrence.
 */
export function problem(error: unknown, instance: string): Problem {
  const isOurs = error instanceof ClusterwrightError;
  const code: ErrorCode = isOurs ? error.code : 'INTERNAL';
  const { httpStatus, retry, message, remedy } = ERRORS[code];
  return {
    type: problemType(code),
    title: message,
    status: httpStatus,
    detail: isOurs ? error.message : 'the log has the particulars',
    instance,
    code,
    retry,
    remedy,
    errors: isOurs ? error.faults : [],
  };
}

/** `/problems/cluster-not-found`: for ever the same for a code. */
export function problemType(code: ErrorCode): string {
  return `/problems/${code.toLowerCase().replaceAll('_', '-')}`;
}
