import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { judgeRetention, type DatedBackup, type RetentionRule } from '../../../domain/backup/retention.js';

const at = (id: string, takenAt: string): DatedBackup => ({ id, takenAt });
const NOTHING_ELSE: RetentionRule = { keepLast: 1, keepDaily: 0, keepWeekly: 0 };

describe('which backups are kept', () => {
  test('are the last ones, however many come on one day', () => {
    const backups = ['01', '02', '03', '04'].map((hour) => at(hour, `2026-03-04T${hour}:00:00.000Z`));

    expect(judgeRetention(backups, { ...NOTHING_ELSE, keepLast: 2 })).toEqual({
      keep: [
        { id: '04', why: ['last'] },
        { id: '03', why: ['last'] },
      ],
      remove: ['01', '02'],
    });
  });

  test('are the last of each of so many days that have one, and days without one do not count', () => {
    const backups = [
      at('mon-1', '2026-03-02T01:00:00.000Z'),
      at('mon-2', '2026-03-02T23:59:59.999Z'),
      at('wed', '2026-03-04T00:00:00.000Z'),
      at('thu', '2026-03-05T12:00:00.000Z'),
    ];

    const { keep, remove } = judgeRetention(backups, { keepLast: 1, keepDaily: 3, keepWeekly: 0 });

    expect(keep).toEqual([
      { id: 'thu', why: ['last', 'daily'] },
      { id: 'wed', why: ['daily'] },
      { id: 'mon-2', why: ['daily'] },
    ]);
    expect(remove).toEqual(['mon-1']);
  });

  test('are the last of each of so many weeks, which begin on Monday, UTC', () => {
    const backups = [
      at('sunday', '2026-03-01T23:59:59.000Z'),
      at('monday', '2026-03-02T00:00:00.000Z'),
      at('next-sunday', '2026-03-08T23:59:59.000Z'),
    ];

    const { keep, remove } = judgeRetention(backups, { keepLast: 1, keepDaily: 0, keepWeekly: 2 });

    expect(keep.map(({ id }) => id)).toEqual(['next-sunday', 'sunday']);
    expect(remove).toEqual(['monday']);
  });

  test('always have the newest one among them, whatever the rule says', () => {
    const backups = [at('old', '2026-03-01T00:00:00.000Z'), at('new', '2026-03-02T00:00:00.000Z')];

    expect(judgeRetention(backups, { keepLast: 0, keepDaily: 0, keepWeekly: 0 }).keep).toEqual([
      { id: 'new', why: ['last'] },
    ]);
    expect(judgeRetention([], NOTHING_ELSE)).toEqual({ keep: [], remove: [] });
  });

  const anyBackups = fc
    .uniqueArray(fc.integer({ min: 0, max: 200 * 24 }), { maxLength: 60 })
    .map((hours) =>
      hours.map((hour) =>
        at(`b${hour}`, new Date(Date.parse('2026-01-01T00:00:00.000Z') + hour * 3_600_000).toISOString()),
      ),
    );
  const count = fc.integer({ min: 0, max: 9 });
  const anyRule = fc.record({
    keepLast: fc.integer({ min: 1, max: 9 }),
    keepDaily: count,
    keepWeekly: count,
  });

  test('and those that are removed are all there are, each once, in whatever order they come', () => {
    fc.assert(
      fc.property(anyBackups, anyRule, (backups, rule) => {
        const { keep, remove } = judgeRetention(backups, rule);
        const reversed = judgeRetention(backups.toReversed(), rule);

        expect([...keep.map(({ id }) => id), ...remove].toSorted()).toEqual(
          backups.map(({ id }) => id).toSorted(),
        );
        expect(reversed).toEqual({ keep, remove });
        expect(keep.length).toBeLessThanOrEqual(rule.keepLast + rule.keepDaily + rule.keepWeekly);
      }),
    );
  });

  test('are kept as well once the others are gone: judged again, nothing more is removed', () => {
    fc.assert(
      fc.property(anyBackups, anyRule, (backups, rule) => {
        const first = judgeRetention(backups, rule);
        const left = backups.filter(({ id }) => !first.remove.includes(id));

        expect(judgeRetention(left, rule).remove).toEqual([]);
      }),
    );
  });
});
