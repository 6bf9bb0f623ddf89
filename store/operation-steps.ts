/** The steps of operations that have ended, over SQLite. */
import type { StepRecord } from '../domain/step-record.js';
import type { OperationSteps } from './operation-step-port.js';
import type { StoreDatabase } from './tables.js';

export function operationSteps(db: StoreDatabase): OperationSteps {
  return {
    keep: async ({ clusterUid, workflowId }, from, steps) => {
      const rows = steps.map((step, index) => {
        return { clusterUid, workflowId, position: from + index, step: JSON.stringify(step) };
      });
      if (rows.length === 0) return;
      await db
        .insertInto('operationSteps')
        .values(rows)
        .onConflict((conflict) =>
          conflict
            .columns(['clusterUid', 'workflowId', 'position'])
            .doUpdateSet((e) => ({ step: e.ref('excluded.step') })),
        )
        .execute();
    },

    of: async ({ clusterUid, workflowId }) => {
      const rows = await db
        .selectFrom('operationSteps')
        .select('step')
        .where('clusterUid', '=', clusterUid)
        .where('workflowId', '=', workflowId)
        .orderBy('position')
        .execute();
      return rows.map(({ step }) => JSON.parse(step) as StepRecord);
    },
  };
}
