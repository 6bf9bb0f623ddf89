/** Maintenance of Proxmox hosts, and certificates of the removal of clusters. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const hostsAndRemovals: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};

const STATEMENTS = [
  sql`create table host_marks (
    host text primary key,
    marked_at text not null
  ) strict, without rowid`,
  sql`create table host_drains (
    host text not null,
    number integer not null,
    status text not null check (status in ('running', 'succeeded', 'failed', 'cancelled')),
    request text not null,
    plan text,
    outcome text,
    started_at text not null,
    ended_at text,
    primary key (host, number)
  ) strict, without rowid`,
  // Two hosts that are emptied at once could each take a member of the same etcd away.
  sql`create unique index host_drains_running on host_drains (status) where status = 'running'`,
  sql`create table removals_begun (
    cluster_uid text primary key,
    begun_at text not null,
    belongings text not null
  ) strict, without rowid`,
  // No reference to the cluster: what proves its end outlives it.
  sql`create table removals (
    seq integer primary key autoincrement,
    id text not null unique,
    cluster text not null,
    removed_at text not null,
    certificate text not null,
    sha256 text not null
  ) strict`,
  sql`create index removals_by_cluster on removals (cluster, seq)`,
];
