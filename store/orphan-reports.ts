/** The last report of what was left behind, and what was done about it, over SQLite. */
import type { OrphanRemoval, OrphanReport } from '../domain/orphans.js';
import type { KeptRemoval, OrphanReports } from './orphan-port.js';
import type { OrphanRemovalRow, StoreDatabase } from './tables.js';

const DAY_MS = 24 * 3_600_000;
/** An orphan that is not seen for so long and comes back is a new one: its host may have been down meanwhile. */
const SIGHTING_KEPT_MS = DAY_MS;
const REMOVAL_KEPT_MS = 30 * DAY_MS;
/** There is one report: the latest. */
const LATEST = 1;

export function orphanReports(db: StoreDatabase, now: () => Date): OrphanReports {
  const before = (milliseconds: number): string => new Date(now().getTime() - milliseconds).toISOString();

  return {
    sight: (ids) =>
      db.transaction().execute(async (transaction) => {
        const at = now().toISOString();
        await transaction
          .deleteFrom('orphanSightings')
          .where('lastSeenAt', '<', before(SIGHTING_KEPT_MS))
          .execute();
        const firstSeen = new Map<string, string>();
        for (const id of ids) {
          const { firstSeenAt } = await transaction
            .insertInto('orphanSightings')
            .values({ id, firstSeenAt: at, lastSeenAt: at })
            .onConflict((conflict) => conflict.column('id').doUpdateSet({ lastSeenAt: at }))
            .returning('firstSeenAt')
            .executeTakeFirstOrThrow();
          firstSeen.set(id, firstSeenAt);
        }
        return { now: at, firstSeen };
      }),

    record: (report) =>
      db.transaction().execute(async (transaction) => {
        const row = { foundAt: report.foundAt, report: JSON.stringify(report) };
        await transaction
          .insertInto('orphanReports')
          .values({ id: LATEST, ...row })
          .onConflict((conflict) =>
            conflict.column('id').doUpdateSet(row).where('orphanReports.foundAt', '<=', row.foundAt),
          )
          .execute();
        await transaction.deleteFrom('orphanRemovals').where('at', '<', before(REMOVAL_KEPT_MS)).execute();
      }),

    recordRemovals: (removals) =>
      db.transaction().execute(async (transaction) => {
        const at = now().toISOString();
        for (const { id, outcome, code, detail } of removals) {
          const change = { outcome, code, detail, at };
          await transaction
            .insertInto('orphanRemovals')
            .values({ id, ...change })
            .onConflict((conflict) => conflict.column('id').doUpdateSet(change))
            .execute();
        }
      }),

    latest: async () => {
      const row = await db
        .selectFrom('orphanReports')
        .select('report')
        .where('id', '=', LATEST)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const report = JSON.parse(row.report) as OrphanReport;
      const listed = new Set(report.orphans.map(({ id }) => id));
      const removals = await db.selectFrom('orphanRemovals').selectAll().execute();
      return {
        report,
        removals: new Map(
          removals.filter(({ id }) => listed.has(id)).map((each) => [each.id, removalOf(each)]),
        ),
      };
    },
  };
}

function removalOf({ id, outcome, code, detail, at }: OrphanRemovalRow): KeptRemoval {
  return { id, outcome, code: code as OrphanRemoval['code'], detail, at };
}
