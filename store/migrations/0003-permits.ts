/** Permits: who holds and who waits for what is limited over all processes. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const permits: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};

const STATEMENTS = [
  sql`create table permit_processes (
    id text primary key,
    seen_at text not null
  ) strict, without rowid`,
  // What a process holds and waits for goes with it.
  sql`create table permits (
    seq integer primary key autoincrement,
    id text not null unique,
    process text not null references permit_processes (id) on delete cascade,
    owner text not null,
    limits text not null,
    state text not null,
    overtaken integer not null
  ) strict`,
  sql`create index permits_process on permits (process)`,
  sql`create table permit_turns (
    key text not null,
    owner text not null,
    turn integer not null,
    primary key (key, owner)
  ) strict, without rowid`,
];
