/** What machines are armed to fetch at their first boot, and the hashes of the tokens that they fetch it with. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const bootTokens: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};

const STATEMENTS = [
  sql`create table boot_armings (
    machine_uuid text primary key,
    cluster_uid text not null,
    cluster text not null,
    machine text not null,
    mac text not null,
    network text,
    key_id text not null,
    sealed text not null,
    nonce text not null,
    boots integer not null,
    armed_at text not null
  ) strict, without rowid`,
  // Two machines of one MAC address cannot be told apart when they boot over the network.
  sql`create unique index boot_armings_mac on boot_armings (mac) where network is not null`,
  sql`create index boot_armings_cluster on boot_armings (cluster_uid)`,

  sql`create table boot_tokens (
    hash text primary key,
    machine_uuid text not null references boot_armings (machine_uuid) on delete cascade,
    purpose text not null,
    bound_address text,
    first_used_at text
  ) strict, without rowid`,
  sql`create index boot_tokens_machine on boot_tokens (machine_uuid)`,
];
