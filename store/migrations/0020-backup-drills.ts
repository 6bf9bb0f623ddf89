/** What came of restoring backups for a trial, and when that is done by itself. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const backupDrills: Migration = {
  async up(db) {
    await sql`alter table backups add column drill text`.execute(db);
    await sql`alter table backup_policies add column drill_schedule text`.execute(db);
  },
};
