/** How much memory each machine was reserved with: two runs at once must not be given the same of a host. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const machineMemory: Migration = {
  async up(db) {
    await sql`alter table machines add column memory_mib integer not null default 0`.execute(db);
  },
};
