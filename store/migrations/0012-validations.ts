/** Validations and what came of them. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const validations: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};

const STATEMENTS = [
  sql`create table validations (
    id text primary key,
    cluster text not null,
    cluster_uid text not null,
    number integer not null,
    request text not null,
    status text not null,
    detail text,
    outcome text,
    report text,
    started_at text not null,
    finished_at text,
    unique (cluster, number)
  ) strict, without rowid`,
  sql`create index validations_of_cluster on validations (cluster_uid, number)`,
];
