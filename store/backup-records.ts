/** Backups, over SQLite. */
import type { BackupDrill } from '../domain/backup/drill.js';
import type { BackupManifest } from '../domain/backup/manifest.js';
import type { BackupRecord, BackupRecords } from './backup-port.js';
import type { BackupRow, StoreDatabase } from './tables.js';

export function backupRecords(db: StoreDatabase, now: () => Date): BackupRecords {
  const rowOf = (id: string) => db.selectFrom('backups').selectAll().where('id', '=', id);
  return {
    begin: async (backup) => {
      await db
        .insertInto('backups')
        .values({
          ...backup,
          state: 'running',
          startedAt: now().toISOString(),
          endedAt: null,
          manifest: null,
          failure: null,
          drill: null,
        })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
      return recordOf(await rowOf(backup.id).executeTakeFirstOrThrow());
    },

    complete: async (id, manifest) => {
      await db
        .updateTable('backups')
        .set({
          state: 'complete',
          manifest: JSON.stringify(manifest),
          failure: null,
          endedAt: now().toISOString(),
        })
        .where('id', '=', id)
        .where('state', 'in', ['running', 'failed'])
        .execute();
    },

    failed: async (id, detail) => {
      await db
        .updateTable('backups')
        .set({ state: 'failed', failure: detail, endedAt: now().toISOString() })
        .where('id', '=', id)
        .where('state', '=', 'running')
        .execute();
    },

    removing: async (id) => {
      const result = await db
        .updateTable('backups')
        .set({ state: 'removing' })
        .where('id', '=', id)
        .where('state', 'in', ['complete', 'failed', 'removing'])
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    forget: async (id) => {
      await db.deleteFrom('backups').where('id', '=', id).where('state', '=', 'removing').execute();
    },

    drillBegins: async (id) => {
      const drill: BackupDrill = {
        ...{ state: 'running', startedAt: now().toISOString(), endedAt: null },
        ...{ objects: null, detail: null },
      };
      await db
        .updateTable('backups')
        .set({ drill: JSON.stringify(drill) })
        .where('id', '=', id)
        .execute();
    },

    drillEnds: async (id, outcome) => {
      const row = await rowOf(id).executeTakeFirst();
      const drill = row === undefined ? null : recordOf(row).drill;
      if (drill?.state !== 'running') return;
      const ended: BackupDrill = { ...drill, ...outcome, endedAt: now().toISOString() };
      await db
        .updateTable('backups')
        .set({ drill: JSON.stringify(ended) })
        .where('id', '=', id)
        .execute();
    },

    get: async (id) => {
      const row = await rowOf(id).executeTakeFirst();
      return row && recordOf(row);
    },

    list: async ({ limit, before, ...filter }) => {
      let query = db.selectFrom('backups').selectAll().orderBy('seq', 'desc').limit(limit);
      for (const column of ['cluster', 'clusterUid', 'destination', 'state'] as const) {
        const value = filter[column];
        if (value !== undefined) query = query.where(column, '=', value);
      }
      if (before !== undefined) {
        query = query.where('seq', '<', (e) =>
          e.selectFrom('backups').select('seq').where('id', '=', before),
        );
      }
      return (await query.execute()).map(recordOf);
    },
  };
}

function recordOf({
  seq: _seq,
  manifest,
  drill,
  ...row
}: BackupRow & { readonly seq: unknown }): BackupRecord {
  return {
    ...row,
    manifest: manifest === null ? null : (JSON.parse(manifest) as BackupManifest),
    drill: drill === null ? null : (JSON.parse(drill) as BackupDrill),
  };
}
