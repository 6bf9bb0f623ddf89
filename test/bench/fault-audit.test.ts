import { describe, expect, test } from '@jest/globals';
import { overlapsIn } from '../../bench/faults/audit.js';

describe('the audit of numbers', () => {
  const event = (kind: 'taken' | 'released' | 'burnt', holder: string, at: number) => ({
    what: 'VMID 100',
    kind,
    holder,
    at,
  });

  test('finds nothing where each number is given back first, and rests', () => {
    const events = [event('taken', 'a', 0), event('released', 'a', 5), event('taken', 'b', 1_005)];

    expect(overlapsIn(events, 1_000)).toEqual([]);
  });

  test.each([
    ['two have it', [event('taken', 'a', 0), event('taken', 'b', 1)], 'was given to b while a had it'],
    [
      'it did not rest',
      [event('taken', 'a', 0), event('released', 'a', 5), event('taken', 'b', 1_004)],
      'was given to b 999 ms after it was released',
    ],
    [
      'it had been given up',
      [event('taken', 'a', 0), event('burnt', 'a', 5), event('taken', 'b', 9_999)],
      'was given to b although it had been given up',
    ],
  ] as const)('finds that %s', (_what, events, found) => {
    expect(overlapsIn(events, 1_000)).toEqual([`VMID 100 ${found}`]);
  });
});
