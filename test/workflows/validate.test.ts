import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { CHECKS, selectChecks } from '../../domain/validation/catalogue.js';
import type { ValidationRequest } from '../../domain/validation/request.js';
import type { CheckResult, ValidationReport } from '../../domain/validation/result.js';
import { VALIDATION_CATEGORIES } from '../../domain/validation/vocabulary.js';
import { TASK_QUEUES } from '../../domain/task-queues.js';
import type { validate, ValidateInput } from '../../workflows/validate.js';
import { aValidationSubject } from '../domain/validation/subject.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { answersTo } from './fake-validation.js';
import { useWorld, whereTimePasses } from './world.js';

const world = useWorld();

const { definition, machines } = aValidationSubject();
const STANDARD: ValidationRequest = {
  validationSuite: 'STANDARD',
  categories: VALIDATION_CATEGORIES,
  remediateIssues: false,
};
const anInput = (request: Partial<ValidationRequest> = {}): ValidateInput => ({
  clusterUid: 'uid-1',
  operationId: randomUUID(),
  number: 7,
  definition,
  request: { ...STANDARD, ...request },
  machines,
});

const start = (input: ValidateInput) =>
  world.bed.environment.client.workflow.start<typeof validate>('validate', {
    workflowId: `cluster/edge/validate-${randomUUID()}`,
    taskQueue: TASK_QUEUES.workflows,
    args: [input],
  });

function validating(activities: FakeActivities, input: ValidateInput) {
  return world.bed.run(activities, async () => (await start(input)).result());
}

const reported = (activities: FakeActivities): ValidationReport =>
  activities.of('recordValidation')[0]?.args['report'] as ValidationReport;

const resultOf = (activities: FakeActivities, id: string): CheckResult | undefined =>
  reported(activities).checks.find((check) => check.id === id);

const asked = (activities: FakeActivities, name: Parameters<FakeActivities['of']>[0]): string[] =>
  activities.of(name).flatMap(({ args }) => args['checks'] as string[]);

describe('a validation', () => {
  test('asks each source once for all that was asked for, and keeps what it says', async () => {
    const activities = new FakeActivities();
    const input = anInput();

    const result = await validating(activities, input);

    const expected = selectChecks(input.request, aValidationSubject()).map(({ id }) => id);
    expect(expected.length).toBeGreaterThan(50);
    expect(result).toEqual({
      outcome: 'HEALTHY',
      counts: { passed: expected.length, failed: 0, unknown: 0, skipped: 0 },
    });
    expect(reported(activities).checks.map(({ id }) => id)).toEqual(expected);
    for (const source of ['validateProxmox', 'validateGuests', 'validateKubernetes', 'runCanary'] as const)
      expect(activities.of(source)).toHaveLength(1);
    expect(activities.of('recordValidation')[0]?.args).toMatchObject({
      operationId: input.operationId,
      summary: `HEALTHY: ${expected.length} passed, 0 failed, 0 unknown, 0 skipped`,
    });
    expect(activities.of('endValidation')).toEqual([]);
  });

  test('of the quick suite changes nothing, not even for a moment', async () => {
    const activities = new FakeActivities();

    await validating(activities, anInput({ validationSuite: 'QUICK', remediateIssues: true }));

    const names = new Set(activities.calls.map(({ name }) => name));
    expect([...names].toSorted()).toEqual([
      'readBaseline',
      'recordValidation',
      'validateGuests',
      'validateKubernetes',
      'validateProxmox',
    ]);
  });

  test('of some categories looks at nothing else', async () => {
    const activities = new FakeActivities();

    await validating(activities, anInput({ categories: ['SECURITY'] }));

    expect(new Set(reported(activities).checks.map(({ category }) => category))).toEqual(
      new Set(['SECURITY']),
    );
    expect(activities.of('validateProxmox')).toEqual([]);
  });

  test('goes on without a source that cannot be asked, and takes nothing of it for passed', async () => {
    const activities = new FakeActivities();
    activities.on('validateKubernetes', () => {
      throw activityError('KUBECONFIG_NOT_READY', 'cluster uid-1 has no kubeconfig');
    });

    const { outcome, counts } = await validating(activities, anInput());

    const lost = asked(activities, 'validateKubernetes').length;
    expect(outcome).toBe('UNKNOWN');
    expect(counts).toMatchObject({ unknown: lost, failed: 0 });
    expect(resultOf(activities, 'node-readiness')).toMatchObject({
      status: 'unknown',
      evidence: ['KUBECONFIG_NOT_READY: cluster uid-1 has no kubeconfig'],
    });
    expect(resultOf(activities, 'vm-running')?.status).toBe('passed');
  });

  test('is ended by no source that never answers', async () => {
    const activities = new FakeActivities();
    activities.on('validateGuests', () => {
      throw activityError('SSH_UNREACHABLE', 'the proxy is away');
    });

    const { outcome } = await validating(activities, anInput());

    expect(outcome).toBe('UNKNOWN');
    expect(activities.of('validateGuests').length).toBeLessThanOrEqual(3);
  });
});

describe('the canary', () => {
  test('is removed when it could not be run', async () => {
    const activities = new FakeActivities();
    activities.on('runCanary', () => {
      throw activityError('KUBERNETES_REJECTED', 'forbidden');
    });

    await validating(activities, anInput());

    expect(activities.of('removeCanary').map(({ args }) => args['number'])).toEqual([7]);
    expect(resultOf(activities, 'canary-scheduled')?.status).toBe('unknown');
    expect(resultOf(activities, 'canary-removed')?.status).toBe('passed');
  });

  describe('of a validation that is cancelled', () => {
    whereTimePasses(world);

    test('is removed when the validation is cancelled, which is kept as such', async () => {
      const activities = new FakeActivities();
      let begun = (): void => undefined;
      const running = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const order: string[] = [];
      let cancelled = (): void => undefined;
      const cancellation = new Promise<void>((resolve) => {
        cancelled = resolve;
      });
      activities.on('runCanary', async (request) => {
        begun();
        // It does not hear of the cancellation, and comes to its end.
        await cancellation;
        order.push('run');
        return answersTo(request);
      });
      activities.on('removeCanary', (request) => {
        order.push('remove');
        return answersTo(request);
      });
      const input = anInput();

      const outcome = await world.bed.run(activities, async () => {
        const handle = await start(input);
        await running;
        await handle.cancel();
        cancelled();
        return handle.result().catch((error: unknown) => (error as Error).name);
      });

      expect(outcome).toBe('WorkflowFailedError');
      expect(order.at(-1)).toBe('remove');
      expect(activities.of('endValidation').map(({ args }) => args)).toEqual([
        { operationId: input.operationId, status: 'cancelled', detail: 'it was cancelled' },
      ]);
      expect(activities.of('recordValidation')).toEqual([]);
    });
  });
});

describe('what is wrong', () => {
  const WRONG = { 'core-components': 'failed', 'time-skew': 'failed' } as const;

  test('is left as it is, unless it was asked to be put right', async () => {
    const activities = new FakeActivities();
    activities.on('validateKubernetes', (request) => answersTo(request, WRONG));

    const { outcome } = await validating(activities, anInput());

    expect(outcome).toBe('UNHEALTHY');
    expect(activities.of('restartPods')).toEqual([]);
    expect(resultOf(activities, 'core-components')?.remediation).toBeNull();
  });

  test('is put right once where that is safe, and looked at again until it shows', async () => {
    const activities = new FakeActivities();
    activities.on('validateKubernetes', (request, callNumber) =>
      answersTo(request, callNumber < 3 ? WRONG : {}),
    );
    activities.on('validateGuests', (request) => answersTo(request, WRONG));
    activities.on('resyncTime', () => ({ outcome: 'refused', detail: ['nobody keeps the time'] }));

    const { outcome } = await validating(activities, anInput({ remediateIssues: true }));

    expect(outcome).toBe('UNHEALTHY');
    expect(activities.of('restartPods')).toHaveLength(1);
    expect(activities.of('approveCertificates')).toEqual([]);
    expect(resultOf(activities, 'core-components')).toMatchObject({
      status: 'passed',
      remediation: {
        action: 'RESTART_PODS',
        outcome: 'done',
        detail: ['it was done'],
        before: ['core-components was looked at'],
      },
    });
    // Only what failed is looked at again.
    expect(
      activities
        .of('validateKubernetes')
        .map(({ args }) => args['checks'])
        .slice(1),
    ).toEqual([['core-components'], ['core-components']]);
    expect(resultOf(activities, 'time-skew')).toMatchObject({
      status: 'failed',
      remediation: { action: 'RESYNC_TIME', outcome: 'refused', detail: ['nobody keeps the time'] },
    });
    expect(activities.of('validateGuests')).toHaveLength(1);
  });

  test('that cannot be put right does not end the validation', async () => {
    const activities = new FakeActivities();
    activities.on('validateKubernetes', (request) => answersTo(request, WRONG));
    activities.on('restartPods', () => {
      throw activityError('KUBERNETES_REJECTED', 'forbidden');
    });

    await validating(activities, anInput({ remediateIssues: true }));

    expect(resultOf(activities, 'core-components')).toMatchObject({
      status: 'failed',
      remediation: { outcome: 'failed', detail: ['KUBERNETES_REJECTED: forbidden'] },
    });
  });
});

test('every remediation is of checks that one source judges', () => {
  const actions = new Map<string, Set<string>>();
  for (const { remediation, fact } of CHECKS) {
    if (remediation === undefined) continue;
    const source = fact === 'guests' ? 'GUESTS' : 'KUBERNETES';
    actions.set(remediation, (actions.get(remediation) ?? new Set()).add(source));
  }

  expect([...actions.values()].map(({ size }) => size)).toEqual([1, 1, 1]);
});
