/** What machines with Talos were told. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const talosMachines: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};

const STATEMENTS = [
  // One row a cluster, for its whole life: a second machine can never be told.
  sql`create table talos_bootstraps (
    cluster_uid text primary key,
    machine_uuid text not null,
    given_at text not null
  ) strict, without rowid`,
  sql`create table talos_configurations (
    machine_uuid text primary key,
    sha256 text not null,
    accepted_at text not null
  ) strict, without rowid`,
];
