/** When the certificates of clusters end, as they were last read. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const certificates: Migration = {
  async up(db) {
    await sql`create table certificates (
      cluster_uid text primary key,
      cluster text not null,
      reading text not null,
      read_at text not null
    ) strict, without rowid`.execute(db);
  },
};
