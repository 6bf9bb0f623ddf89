import { expect, test } from '@jest/globals';
import type { GuestStep } from '../../domain/guest-step.js';
import { sideBySide } from '../../domain/side-by-side.js';

const aStep = (id: string): GuestStep => ({
  ...{ id, title: id, files: [], observe: null, act: null, verify: 'true', timeoutSeconds: 60 },
});
const marked = (id: string): GuestStep => ({ ...aStep(id), besideNext: true });

test('steps follow each other, and those that need nothing of the next are done beside it', () => {
  const steps = [aStep('a'), marked('b'), marked('c'), aStep('d'), aStep('e')];

  expect(sideBySide(steps)).toEqual([[aStep('a')], [aStep('b'), aStep('c'), aStep('d')], [aStep('e')]]);
});

test('the last step has nothing beside it, and no steps are no groups', () => {
  expect(sideBySide([marked('a')])).toEqual([[aStep('a')]]);
  expect(sideBySide([])).toEqual([]);
});
