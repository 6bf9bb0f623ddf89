/** Validations and what came of them, over SQLite. */
import type { ValidationRequest } from '../domain/validation/request.js';
import type { ValidationReport } from '../domain/validation/result.js';
import { quantile } from '../domain/validation/figures.js';
import type { StoreDatabase, ValidationRow } from './tables.js';
import type { ValidationRecord, ValidationRecords } from './validation-port.js';

const MOST_KEPT = 100;
const BASELINE_OF = 10;

const SUMMARY = [
  'id',
  'cluster',
  'clusterUid',
  'number',
  'request',
  'status',
  'detail',
  'outcome',
  'startedAt',
  'finishedAt',
] as const;

export function validationRecords(db: StoreDatabase, now: () => Date): ValidationRecords {
  return {
    begin: ({ id, cluster, clusterUid, request }) =>
      db.transaction().execute(async (transaction) => {
        const earlier = await transaction
          .selectFrom('validations')
          .select(SUMMARY)
          .where('id', '=', id)
          .executeTakeFirst();
        if (earlier !== undefined) return recordOf(earlier);
        const last = await transaction
          .selectFrom('validations')
          .select('number')
          .where('cluster', '=', cluster)
          .orderBy('number', 'desc')
          .limit(1)
          .executeTakeFirst();
        const row: ValidationRow = {
          ...{ id, cluster, clusterUid, number: (last?.number ?? 0) + 1, request: JSON.stringify(request) },
          ...{ status: 'running', detail: null, outcome: null, report: null },
          ...{ startedAt: now().toISOString(), finishedAt: null },
        };
        await transaction.insertInto('validations').values(row).execute();
        // The latest one always stays, so that no number is given twice.
        await transaction
          .deleteFrom('validations')
          .where('cluster', '=', cluster)
          .where('number', '<=', row.number - MOST_KEPT)
          .execute();
        return recordOf(row);
      }),

    abandon: async (id) => {
      await db.deleteFrom('validations').where('id', '=', id).where('status', '=', 'running').execute();
    },

    finish: async (id, report) => {
      await db
        .updateTable('validations')
        .set({
          ...{ status: 'finished', outcome: report.outcome, report: JSON.stringify(report) },
          finishedAt: now().toISOString(),
        })
        .where('id', '=', id)
        .where('status', '=', 'running')
        .execute();
    },

    end: async (id, status, detail) => {
      await db
        .updateTable('validations')
        .set({ status, detail, finishedAt: now().toISOString() })
        .where('id', '=', id)
        .where('status', '=', 'running')
        .execute();
    },

    get: async (id) => {
      const row = await db.selectFrom('validations').selectAll().where('id', '=', id).executeTakeFirst();
      if (row === undefined) return undefined;
      const report = row.report === null ? null : (JSON.parse(row.report) as ValidationReport);
      return { ...recordOf(row), report };
    },

    list: async ({ cluster, limit, before }) => {
      let query = db
        .selectFrom('validations')
        .select(SUMMARY)
        .where('cluster', '=', cluster)
        .orderBy('number', 'desc')
        .limit(limit);
      if (before !== undefined) query = query.where('number', '<', before);
      return (await query.execute()).map(recordOf);
    },

    baseline: async (clusterUid) => {
      const rows = await db
        .selectFrom('validations')
        .select('report')
        .where('clusterUid', '=', clusterUid)
        .where('status', '=', 'finished')
        .orderBy('number', 'desc')
        .limit(BASELINE_OF)
        .execute();
      return medians(rows.map(({ report }) => JSON.parse(report ?? '{"checks":[]}') as ValidationReport));
    },
  };
}

function medians(reports: readonly ValidationReport[]): Record<string, number> {
  const values = new Map<string, number[]>();
  for (const { checks } of reports) {
    for (const [name, value] of checks.flatMap(({ measures }) => Object.entries(measures)))
      values.set(name, [...(values.get(name) ?? []), value]);
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, quantile(all, 0.5) ?? 0]));
}

function recordOf({
  id,
  cluster,
  clusterUid,
  number,
  request,
  status,
  detail,
  outcome,
  startedAt,
  finishedAt,
}: Pick<ValidationRow, (typeof SUMMARY)[number]>): ValidationRecord {
  return {
    ...{ id, cluster, clusterUid, number, status, detail, outcome, startedAt, finishedAt },
    request: JSON.parse(request) as ValidationRequest,
  };
}
