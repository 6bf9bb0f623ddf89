/** When clusters are backed up, over SQLite. */
import type { RetentionRule } from '../domain/backup/retention.js';
import type { BackupPolicies, KeptBackupPolicy } from './backup-port.js';
import type { BackupPolicyRow, StoreDatabase } from './tables.js';

export function backupPolicies(db: StoreDatabase, now: () => Date): BackupPolicies {
  return {
    put: async (cluster, { schedule, destination, retention, drillSchedule }) => {
      const values = {
        schedule,
        destination,
        retention: JSON.stringify(retention),
        drillSchedule,
        updatedAt: now().toISOString(),
      };
      await db
        .insertInto('backupPolicies')
        .values({ cluster, ...values })
        .onConflict((conflict) => conflict.column('cluster').doUpdateSet(values))
        .execute();
      return policyOf({ cluster, ...values });
    },

    get: async (cluster) => {
      const row = await db
        .selectFrom('backupPolicies')
        .selectAll()
        .where('cluster', '=', cluster)
        .executeTakeFirst();
      return row && policyOf(row);
    },

    remove: async (cluster) => {
      const result = await db.deleteFrom('backupPolicies').where('cluster', '=', cluster).executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
  };
}

function policyOf({ cluster: _cluster, retention, ...row }: BackupPolicyRow): KeptBackupPolicy {
  return { ...row, retention: JSON.parse(retention) as RetentionRule };
}
