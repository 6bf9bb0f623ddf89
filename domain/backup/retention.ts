/** Which backups are kept: the last ones, and the last one of each of so many days and weeks. Pure. */

export interface RetentionRule {
  /** At least 1: the newest backup is never removed. */
  readonly keepLast: number;
  /** Days (UTC) that have a backup, from the newest on; the last backup of each is kept. */
  readonly keepDaily: number;
  /** Weeks (UTC, from Monday on) that have a backup, from the newest on; the last backup of each is kept. */
  readonly keepWeekly: number;
}

export interface DatedBackup {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly takenAt: string;
}

export type KeptFor = 'last' | 'daily' | 'weekly';

export interface RetentionVerdict {
  readonly keep: readonly { readonly id: string; readonly why: readonly KeptFor[] }[];
  /** Ids, oldest first. */
  readonly remove: readonly string[];
}

const DAY_MS = 86_400_000;
/** 1970-01-01 was a Thursday: so many days after a Monday. */
const EPOCH_WEEKDAY = 3;

/** @param backups those that are whole, in any order: an incomplete one must never push a whole one out. */
export function judgeRetention(backups: readonly DatedBackup[], rule: RetentionRule): RetentionVerdict {
  const newestFirst = backups.toSorted(newer);
  const last = new Set(newestFirst.slice(0, Math.max(1, rule.keepLast)).map(({ id }) => id));
  const daily = lastOfEach(newestFirst, rule.keepDaily, dayOf);
  const weekly = lastOfEach(newestFirst, rule.keepWeekly, weekOf);
  const keep: { id: string; why: KeptFor[] }[] = [];
  const remove: string[] = [];
  for (const { id } of newestFirst) {
    const why: KeptFor[] = [
      ...(last.has(id) ? (['last'] as const) : []),
      ...(daily.has(id) ? (['daily'] as const) : []),
      ...(weekly.has(id) ? (['weekly'] as const) : []),
    ];
    if (why.length > 0) keep.push({ id, why });
    else remove.unshift(id);
  }
  return { keep, remove };
}

/** Ids of the newest backup of each of the newest `count` periods that have one. */
function lastOfEach(
  newestFirst: readonly DatedBackup[],
  count: number,
  periodOf: (takenAt: string) => number,
): ReadonlySet<string> {
  const newest = new Map<number, string>();
  for (const { id, takenAt } of newestFirst) {
    const period = periodOf(takenAt);
    if (newest.has(period)) continue;
    if (newest.size >= count) break;
    newest.set(period, id);
  }
  return new Set(newest.values());
}

function newer(a: DatedBackup, b: DatedBackup): number {
  return Date.parse(b.takenAt) - Date.parse(a.takenAt) || (a.id < b.id ? -1 : 1);
}

function dayOf(takenAt: string): number {
  return Math.floor(Date.parse(takenAt) / DAY_MS);
}

function weekOf(takenAt: string): number {
  return Math.floor((dayOf(takenAt) + EPOCH_WEEKDAY) / 7);
}
