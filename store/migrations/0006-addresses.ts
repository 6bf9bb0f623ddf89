/** Addresses on which a stranger answered, and a quick look at the quarantine of those that were released. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const addresses: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};

const STATEMENTS = [
  sql`create table address_conflicts (
    address text primary key,
    reason text not null,
    found_at text not null,
    last_seen_at text not null
  ) strict, without rowid`,
  sql`create index address_leases_released on address_leases (address, released_at) where released_at is not null`,
];
