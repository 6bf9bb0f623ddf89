import { describe, expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { fail } from '../../domain/errors.js';
import { errorInterceptor } from '../../workers/error-interceptor.js';
import { heartbeatInterceptor } from '../../workers/heartbeat-interceptor.js';

const INPUT: ActivityExecuteInput = { args: [], headers: {} };

function runWith(
  interceptor: typeof errorInterceptor,
  activity: () => Promise<unknown>,
  environment = new MockActivityEnvironment(),
): Promise<unknown> {
  return environment.run(async () => interceptor.execute?.(INPUT, activity));
}

describe('an error of ours', () => {
  test('becomes a failure of its code, retried where the table says so', async () => {
    const run = runWith(errorInterceptor, () => Promise.reject(fail('PROXMOX_CONTENTION', 'got timeout')));

    await expect(run).rejects.toMatchObject({
      type: 'PROXMOX_CONTENTION',
      message: 'got timeout',
      nonRetryable: false,
    });
    await expect(run).rejects.toBeInstanceOf(ApplicationFailure);
  });

  test('about a lock that others hold spreads those who wait for it; any other keeps to the usual waits', async () => {
    const failing = (code: 'PROXMOX_CONTENTION' | 'PROXMOX_UNREACHABLE') =>
      runWith(errorInterceptor, () => Promise.reject(fail(code, 'no'))).catch((error: unknown) => error);

    const [contention, unreachable] = await Promise.all([
      failing('PROXMOX_CONTENTION'),
      failing('PROXMOX_UNREACHABLE'),
    ]);

    const delay = Number((contention as ApplicationFailure).nextRetryDelay);
    expect(delay).toBeGreaterThanOrEqual(500);
    expect(delay).toBeLessThanOrEqual(1_500);
    expect((unreachable as ApplicationFailure).nextRetryDelay).toBeUndefined();
  });

  test('that trying again cannot cure is not retried, and keeps its faults', async () => {
    const faults = [{ pointer: '/name', detail: 'bad' }];

    const run = runWith(errorInterceptor, () =>
      Promise.reject(fail('IDENTITY_MISMATCH', 'not ours', { faults })),
    );

    await expect(run).rejects.toMatchObject({ nonRetryable: true, details: [faults] });
  });

  test('of a cancelled activity is the cancellation, whatever it looked like', async () => {
    const environment = new MockActivityEnvironment();
    const run = runWith(
      errorInterceptor,
      async () => {
        environment.cancel();
        await Context.current().cancelled.catch(() => undefined);
        throw fail('SSH_UNREACHABLE', 'the connection broke');
      },
      environment,
    );

    await expect(run).rejects.toBeInstanceOf(CancelledFailure);
  });
});

test('an error that is not ours stays as it is', async () => {
  const error = new TypeError('a fault in the code');

  await expect(runWith(errorInterceptor, () => Promise.reject(error))).rejects.toBe(error);
});

test('a running activity is kept alive, and its last note is repeated, not wiped out', async () => {
  const environment = new MockActivityEnvironment();
  const heard: unknown[] = [];
  const repeated = new Promise<void>((resolve) => {
    environment.on('heartbeat', (details: unknown) => {
      heard.push(details);
      if (heard.length === 2) resolve();
    });
  });

  await runWith(
    heartbeatInterceptor,
    async () => {
      Context.current().heartbeat({ upid: 'UPID:hv5' });
      await repeated;
    },
    environment,
  );

  expect(heard).toEqual([{ upid: 'UPID:hv5' }, { upid: 'UPID:hv5' }]);
});
