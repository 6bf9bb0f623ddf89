import { expect, test } from '@jest/globals';
import type { StepRecord } from '../../domain/step-record.js';
import { aStore } from './store-builder.js';

const RUN = { clusterUid: 'uid-1', workflowId: 'cluster/edge/provision-1' };

function aStep(id: string): StepRecord {
  return {
    id,
    title: id,
    machine: null,
    status: 'done',
    startedAt: null,
    endedAt: null,
    reason: null,
    remedy: null,
  };
}

test('steps are found in their order, however they came', async () => {
  const { operationSteps } = await aStore();

  await operationSteps.keep(RUN, 2, [aStep('join'), aStep('validate')]);
  await operationSteps.keep(RUN, 0, [aStep('plan'), aStep('reserve')]);

  const kept = await operationSteps.of(RUN);
  expect(kept.map(({ id }) => id)).toEqual(['plan', 'reserve', 'join', 'validate']);
  expect(kept[0]).toEqual(aStep('plan'));
});

test('steps that are kept once more, as the answer was lost, are there once', async () => {
  const { operationSteps } = await aStore();

  await operationSteps.keep(RUN, 0, [aStep('plan')]);
  await operationSteps.keep(RUN, 0, [aStep('plan')]);

  expect(await operationSteps.of(RUN)).toHaveLength(1);
});

test('steps of a cluster are not those of an earlier one of its name', async () => {
  const { operationSteps } = await aStore();

  await operationSteps.keep(RUN, 0, [aStep('plan')]);

  expect(await operationSteps.of({ ...RUN, clusterUid: 'uid-2' })).toEqual([]);
});

test('a thousand steps are kept', async () => {
  const { operationSteps } = await aStore();
  const steps = Array.from({ length: 1_000 }, (_, index) => aStep(`step-${index}`));

  await operationSteps.keep(RUN, 0, steps);

  expect(await operationSteps.of(RUN)).toEqual(steps);
});
