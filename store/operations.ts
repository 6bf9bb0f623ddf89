/** The log of accepted operations, over SQLite. */
import { fail } from '../domain/errors.js';
import type { NewOperation, OperationLog, OperationRecord } from './store.js';
import type { StoreDatabase, StoreTransaction } from './tables.js';

export function operationLog(db: StoreDatabase, now: () => Date): OperationLog {
  return {
    begin: (operation) =>
      db.transaction().execute(async (transaction) => {
        const earlier = await findEarlier(transaction, operation);
        if (earlier !== undefined) {
          if (earlier.requestHash !== operation.requestHash) throw keyReused(operation, earlier);
          return earlier;
        }
        const record: OperationRecord = {
          id: operation.id,
          cluster: operation.cluster,
          kind: operation.kind,
          idempotencyKey: operation.idempotencyKey,
          requestHash: operation.requestHash,
          status: 'requested',
          detail: null,
          createdAt: now().toISOString(),
          finishedAt: null,
        };
        await transaction.insertInto('operations').values(record).execute();
        return record;
      }),

    accept: (id) =>
      db.transaction().execute(async (transaction) => {
        // It may be over already: a short operation can end before whoever started it says so.
        await transaction
          .updateTable('operations')
          .set({ status: 'running' })
          .where('id', '=', id)
          .where('status', '=', 'requested')
          .execute();
        return transaction
          .selectFrom('operations')
          .selectAll()
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
      }),

    abandon: async (id) => {
      await db.deleteFrom('operations').where('id', '=', id).where('status', '=', 'requested').execute();
    },

    // The first outcome stands: an activity that reports it again, late, changes neither it nor its time.
    finish: async (id, outcome, detail) => {
      await db
        .updateTable('operations')
        .set({ status: outcome, detail, finishedAt: now().toISOString() })
        .where('id', '=', id)
        .where('status', 'in', ['requested', 'running'])
        .execute();
    },

    get: (id) => db.selectFrom('operations').selectAll().where('id', '=', id).executeTakeFirst(),

    list: async ({ cluster, limit, before }) => {
      let query = db
        .selectFrom('operations')
        .selectAll()
        .orderBy('createdAt', 'desc')
        .orderBy('id', 'desc')
        .limit(limit);
      if (cluster !== undefined) query = query.where('cluster', '=', cluster);
      if (before !== undefined) {
        const last = await db
          .selectFrom('operations')
          .select('createdAt')
          .where('id', '=', before)
          .executeTakeFirst();
        if (last === undefined) throw fail('OPERATION_NOT_FOUND', `there is no operation "${before}"`);
        query = query.where((e) => e(e.refTuple('createdAt', 'id'), '<', e.tuple(last.createdAt, before)));
      }
      return query.execute();
    },
  };
}

/** The id finds an operation without a key whose first answer was lost. */
function findEarlier(
  transaction: StoreTransaction,
  { id, idempotencyKey }: NewOperation,
): Promise<OperationRecord | undefined> {
  return transaction
    .selectFrom('operations')
    .selectAll()
    .where((e) => e.or([e('id', '=', id), e('idempotencyKey', '=', idempotencyKey)]))
    .executeTakeFirst();
}

function keyReused(operation: NewOperation, earlier: OperationRecord) {
  return fail(
    'IDEMPOTENCY_KEY_REUSED',
    `the key "${operation.idempotencyKey ?? ''}" came with another request, ` +
      `the ${earlier.kind} of cluster "${earlier.cluster}" (operation ${earlier.id})`,
  );
}
