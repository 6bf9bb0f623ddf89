/** Backups of clusters, and when they are taken. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const backups: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};

const STATEMENTS = [
  // No reference to the cluster: its backups outlive it.
  sql`create table backups (
    seq integer primary key autoincrement,
    id text not null unique,
    cluster_uid text not null,
    cluster text not null,
    destination text not null,
    reason text not null,
    state text not null check (state in ('running', 'complete', 'failed', 'removing')),
    started_at text not null,
    ended_at text,
    manifest text,
    failure text
  ) strict`,
  sql`create index backups_by_cluster on backups (cluster, seq)`,
  sql`create table backup_policies (
    cluster text primary key,
    schedule text not null,
    destination text not null,
    retention text not null,
    updated_at text not null
  ) strict, without rowid`,
];
