import { describe, expect, test } from '@jest/globals';
import { drainOutcome } from '../../../domain/hosts/drain-outcome.js';
import { planDrain } from '../../../domain/hosts/drain-plan.js';
import { aDrain, aGuest, moveFacts } from './drain-worlds.js';

const plan = planDrain(
  aDrain([aGuest('a-worker-1', 'hv5', 1), aGuest('b-worker-1', 'hv5', 2), aGuest('c-worker-1', 'hv5', 3)], {
    facts: [moveFacts(1), moveFacts(2), moveFacts(3, { localResources: ['hostpci0'] })],
  }),
);

describe('the outcome of a drain', () => {
  test('is what was seen, and not what was reported', () => {
    const seen = new Map([
      [1, 'hv6'],
      [2, 'hv5'],
      [3, 'hv5'],
    ]);

    const outcome = drainOutcome(plan, seen, {
      wasCancelled: false,
      reasons: { a: 'no answer', b: 'DRAIN_BLOCKED' },
    });

    expect(outcome).toMatchObject({
      status: 'failed',
      moved: [{ machine: 'a-worker-1', vmid: 1, to: 'hv6' }],
    });
    expect(outcome.left.map(({ machine, reason }) => [machine, reason])).toEqual([
      ['c-worker-1', expect.stringContaining('hostpci0')],
      ['b-worker-1', 'DRAIN_BLOCKED'],
    ]);
  });

  test('succeeds when nothing of ours is left, also where machines went by themselves', () => {
    const seen = new Map([
      [1, 'hv6'],
      [2, 'hv7'],
    ]);

    expect(drainOutcome(plan, seen, { wasCancelled: false, reasons: {} })).toMatchObject({
      status: 'succeeded',
      left: [],
      detail: null,
    });
    expect(drainOutcome(plan, seen, { wasCancelled: true, reasons: {} }).status).toBe('cancelled');
  });
});
