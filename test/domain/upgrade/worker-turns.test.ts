import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { workerTurns } from '../../../domain/upgrade/worker-turns.js';

test('each worker has one turn, canaries have theirs alone and first, and no turn is too large', () => {
  const input = fc.record({
    count: fc.nat(20),
    canaries: fc.nat(8),
    atOnce: fc.integer({ min: 1, max: 6 }),
  });
  fc.assert(
    fc.property(input, ({ count, canaries, atOnce }) => {
      const workers = Array.from({ length: count }, (_, n) => ({ name: `w-${n}`, group: 'workers' }));

      const turns = workerTurns(workers, canaries, atOnce);

      expect(turns.flatMap((turn) => turn.workers)).toEqual(workers);
      const sizes = turns.map((turn) => turn.workers.length);
      expect(sizes.every((size) => size >= 1 && size <= atOnce)).toBe(true);
      const first = Math.min(canaries, count);
      expect(sizes.slice(0, first).every((size) => size === 1)).toBe(true);
      const ends = turns.flatMap(({ endsCanary }, index) => (endsCanary ? [index] : []));
      expect(ends).toEqual(first === 0 ? [] : [first - 1]);
    }),
  );
});
