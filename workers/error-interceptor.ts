/** The one place where errors of activities become Temporal failures, and where their heartbeats come from. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { ClusterwrightError } from '../domain/errors.js';
import { contentionDelayMs } from './contention-delay.js';

/** Turns our own errors into failures with their code as type; whether they are retried is in the table. */
export const errorInterceptor: ActivityInboundCallsInterceptor = {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
    try {
      return await next(input);
    } catch (error) {
      throw asFailure(error);
    }
  },
};

export function asFailure(error: unknown): unknown {
  if (!(error instanceof ClusterwrightError)) return error;
  // A call that broke off because the activity was cancelled is a cancellation, whatever it looked like.
  const { cancellationSignal, info } = Context.current();
  if (cancellationSignal.aborted) return new CancelledFailure(error.message);
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: error.kind.retry === 'never',
    details: [error.faults],
    ...(error.code === 'PROXMOX_CONTENTION' ? { nextRetryDelay: contentionDelayMs(info.attempt) } : {}),
  });
}
