/** Reads our own error out of whatever the SDK wrapped it in. */
import { ApplicationFailure, TemporalFailure, isCancellation } from '@temporalio/workflow';
import { ClusterwrightError, ERRORS, isErrorCode, type ErrorCode, type Retry } from '../../domain/errors.js';
import type { Failure } from '../messages.js';

/** The innermost error that has a code of our table; anything else is INTERNAL, or a lack of workers. */
export function failureOf(error: unknown): Failure & { readonly retry: Retry } {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof ApplicationFailure && isErrorCode(current.type)) {
      const retry = current.nonRetryable === true ? 'never' : ERRORS[current.type].retry;
      return { code: current.type, detail: current.message, retry };
    }
    if (current instanceof ClusterwrightError) {
      return { code: current.code, detail: current.message, retry: current.kind.retry };
    }
  }
  const detail = error instanceof Error ? innermost(error).message : String(error);
  return { code: 'INTERNAL', detail, retry: 'backoff' };
}

function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}

/** What a workflow has to throw: a plain Error would only fail its task, which is then tried for ever. */
export function workflowFailure(error: unknown): Error {
  if (isCancellation(error)) return error as Error;
  if (error instanceof TemporalFailure) return error;
  const { code, detail } = failureOf(error);
  return applicationFailure(code, detail, error instanceof ClusterwrightError ? error.faults : []);
}

export function applicationFailure(
  code: ErrorCode,
  detail: string,
  details: unknown = [],
): ApplicationFailure {
  return ApplicationFailure.create({ type: code, message: detail, nonRetryable: true, details: [details] });
}
