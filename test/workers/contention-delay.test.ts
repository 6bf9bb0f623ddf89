import { describe, expect, test } from '@jest/globals';
import { assert, double, nat, property } from 'fast-check';
import { contentionDelayMs } from '../../workers/contention-delay.js';

describe('the wait for a lock that others hold', () => {
  test.each([
    [1, 500, 1_500],
    [2, 1_000, 3_000],
    [4, 4_000, 12_000],
    [5, 7_500, 22_500],
    [100, 7_500, 22_500],
  ])('after attempt %d is spread from %d to %d ms', (attempt, least, most) => {
    const [shortest, longest] = [contentionDelayMs(attempt, () => 0), contentionDelayMs(attempt, () => 1)];

    expect([shortest, longest]).toEqual([least, most]);
  });

  test('is a whole number of milliseconds, however it falls', () => {
    assert(
      property(nat({ max: 1_000 }), double({ min: 0, max: 1, noNaN: true }), (attempts, chance) => {
        const delay = contentionDelayMs(attempts + 1, () => chance);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(500);
      }),
    );
  });
});
