/** The last report of what was left behind on Proxmox VE, since when it was seen, and what was done about it. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const orphans: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};

const STATEMENTS = [
  sql`create table orphan_sightings (
    id text primary key,
    first_seen_at text not null,
    last_seen_at text not null
  ) strict, without rowid`,
  sql`create table orphan_reports (
    id integer primary key,
    found_at text not null,
    report text not null
  ) strict`,
  sql`create table orphan_removals (
    id text primary key,
    outcome text not null,
    code text,
    detail text,
    at text not null
  ) strict, without rowid`,
  // Also removed machines are looked for by their number.
  sql`create index machines_vmid on machines (vmid)`,
];
