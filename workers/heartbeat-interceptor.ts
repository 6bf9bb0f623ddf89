/** Heartbeats for every activity while it runs, so that the death of a worker is noticed within seconds. */
import { Context } from '@temporalio/activity';
import { setMaxListeners } from 'node:events';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';

const HEARTBEAT_EVERY_MS = 2_000;

export const heartbeatInterceptor: ActivityInboundCallsInterceptor = {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
    const context = Context.current();
    // An activity that asks many servers at once listens for its end as often, and forgets none.
    setMaxListeners(0, context.cancellationSignal);
    // A bare heartbeat would wipe out what the activity noted for its next attempt, so the last note is repeated.
    let details: unknown = context.info.heartbeatDetails;
    const heartbeat = context.heartbeat.bind(context);
    Object.defineProperty(context, 'heartbeat', {
      value: (noted: unknown) => {
        details = noted;
        heartbeat(noted);
      },
    });
    const timer = setInterval(() => heartbeat(details), HEARTBEAT_EVERY_MS);
    try {
      return await next(input);
    } finally {
      clearInterval(timer);
    }
  },
};
