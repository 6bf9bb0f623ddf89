/** In which order an owner's own requests for permits are served. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const permitRanks: Migration = {
  async up(db) {
    await sql`alter table permits add column rank integer not null default 0`.execute(db);
  },
};
