/** The last known state of each cluster, over SQLite. */
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import { upcastDefinition } from '../domain/upcast.js';
import type { ClusterRecord, ClusterRecords } from './store.js';
import type { ClusterRow, StoreDatabase } from './tables.js';

const CLUSTER_COLUMNS = [
  'cluster.uid',
  'cluster.name',
  'cluster.phase',
  'cluster.definition',
  'cluster.createdAt',
  'cluster.updatedAt',
  'cluster.failure',
] as const;

export function clusterRecords(db: StoreDatabase): ClusterRecords {
  return {
    put: async (record) => {
      const change = {
        name: record.name,
        phase: record.phase,
        definition: JSON.stringify(record.definition),
        createdAt: record.createdAt,
        updatedAt: record.updatedAt,
        failure: record.failure,
      };
      await db
        .insertInto('clusters')
        .values({ uid: record.uid, ...change })
        .onConflict((conflict) => conflict.column('uid').doUpdateSet(change))
        .execute();
    },

    get: async (name) => {
      const row = await db
        .selectFrom('clusters as cluster')
        .select(CLUSTER_COLUMNS)
        .where('name', '=', name)
        .orderBy('createdAt', 'desc')
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row && recordOf(row);
    },

    list: async ({ includeGone, limit, after }) => {
      let query = db
        .selectFrom('clusters as cluster')
        .select(CLUSTER_COLUMNS)
        .where((e) =>
          e.not(
            e.exists(
              e
                .selectFrom('clusters as newer')
                .select('newer.seq')
                .whereRef('newer.name', '=', 'cluster.name')
                .where((n) =>
                  n(
                    n.refTuple('newer.createdAt', 'newer.seq'),
                    '>',
                    n.refTuple('cluster.createdAt', 'cluster.seq'),
                  ),
                ),
            ),
          ),
        )
        .orderBy('cluster.name')
        .limit(limit);
      if (!includeGone) query = query.where('cluster.phase', '!=', 'GONE');
      if (after !== undefined) query = query.where('cluster.name', '>', after);
      return (await query.execute()).map(recordOf);
    },
  };
}

function recordOf(row: Omit<ClusterRow, 'seq'>): ClusterRecord {
  return { ...row, definition: upcastDefinition(JSON.parse(row.definition) as ClusterDefinition) };
}
