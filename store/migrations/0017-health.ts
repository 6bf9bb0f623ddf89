/** How clusters are looked after, and what came of it. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const health: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};

const STATEMENTS = [
  sql`create table health_policies (
    cluster text primary key,
    policy text not null,
    updated_at text not null
  ) strict, without rowid`,
  // What the last look saw, and leaves to the next one.
  sql`create table health_states (
    cluster text primary key,
    cluster_uid text not null,
    checked_at text not null,
    troubled integer not null,
    memory text not null,
    decision text not null
  ) strict, without rowid`,
  sql`create table health_decisions (
    seq integer primary key autoincrement,
    id text not null unique,
    cluster text not null,
    at text not null,
    decision text not null,
    retracted text,
    storm_began integer not null
  ) strict`,
  sql`create index health_decisions_by_cluster on health_decisions (cluster, seq)`,
  sql`create table health_actions (
    id text primary key,
    cluster text not null,
    subject text not null,
    host text,
    action text not null,
    at text not null
  ) strict, without rowid`,
  sql`create index health_actions_by_time on health_actions (at)`,
  sql`create table health_storms (
    seq integer primary key autoincrement,
    began_at text not null,
    ended_at text,
    clusters text not null
  ) strict`,
];
