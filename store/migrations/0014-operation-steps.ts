/** Steps of operations that have ended. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const operationSteps: Migration = {
  async up(db) {
    await sql`create table operation_steps (
      cluster_uid text not null,
      workflow_id text not null,
      position integer not null,
      step text not null,
      primary key (cluster_uid, workflow_id, position)
    ) strict, without rowid`.execute(db);
  },
};
