/** The maintenance of Proxmox hosts, over SQLite. */
import { fail } from '../domain/errors.js';
import type { DrainOutcome } from '../domain/hosts/drain-outcome.js';
import type { DrainPlan } from '../domain/hosts/drain-plan.js';
import type { DrainRequest } from '../domain/hosts/drain-request.js';
import type { DrainRecord, HostRecords } from './host-port.js';
import type { HostDrainRow, StoreDatabase } from './tables.js';

export function hostRecords(db: StoreDatabase, now: () => Date): HostRecords {
  return {
    mark: async (host) => {
      await db
        .insertInto('hostMarks')
        .values({ host, markedAt: now().toISOString() })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },

    unmark: async (host) => {
      const result = await db.deleteFrom('hostMarks').where('host', '=', host).executeTakeFirst();
      return result.numDeletedRows > 0n;
    },

    marks: () => db.selectFrom('hostMarks').selectAll().orderBy('host').execute(),

    beginDrain: (host, request) =>
      db.transaction().execute(async (transaction) => {
        const running = await transaction
          .selectFrom('hostDrains')
          .selectAll()
          .where('status', '=', 'running')
          .executeTakeFirst();
        if (running?.host === host) return recordOf(running);
        if (running !== undefined) throw fail('HOST_DRAIN_RUNNING', `${running.host} is being drained`);
        const last = await transaction
          .selectFrom('hostDrains')
          .select('number')
          .where('host', '=', host)
          .orderBy('number', 'desc')
          .limit(1)
          .executeTakeFirst();
        const row: HostDrainRow = {
          ...{ host, number: (last?.number ?? 0) + 1, status: 'running', request: JSON.stringify(request) },
          ...{ plan: null, outcome: null, startedAt: now().toISOString(), endedAt: null },
        };
        await transaction.insertInto('hostDrains').values(row).execute();
        return recordOf(row);
      }),

    planned: async (host, number, plan) => {
      await db
        .updateTable('hostDrains')
        .set({ plan: JSON.stringify(plan) })
        .where('host', '=', host)
        .where('number', '=', number)
        .where('status', '=', 'running')
        .execute();
    },

    endDrain: async (host, number, outcome) => {
      await db
        .updateTable('hostDrains')
        .set({ status: outcome.status, outcome: JSON.stringify(outcome), endedAt: now().toISOString() })
        .where('host', '=', host)
        .where('number', '=', number)
        .where('status', '=', 'running')
        .execute();
    },

    drainOf: async (host) => {
      const row = await db
        .selectFrom('hostDrains')
        .selectAll()
        .where('host', '=', host)
        .orderBy('number', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row && recordOf(row);
    },

    runningDrain: async () => {
      const row = await db
        .selectFrom('hostDrains')
        .selectAll()
        .where('status', '=', 'running')
        .executeTakeFirst();
      return row && recordOf(row);
    },
  };
}

function recordOf({ request, plan, outcome, ...row }: HostDrainRow): DrainRecord {
  return {
    ...row,
    request: JSON.parse(request) as DrainRequest,
    plan: plan === null ? null : (JSON.parse(plan) as DrainPlan),
    outcome: outcome === null ? null : (JSON.parse(outcome) as DrainOutcome),
  };
}
