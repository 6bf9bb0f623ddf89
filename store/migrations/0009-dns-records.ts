/** Records that clusters have in DNS servers of others. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const dnsRecords: Migration = {
  async up(db) {
    await sql`create table dns_records (
      cluster_uid text not null,
      cluster text not null,
      server_address text not null,
      server_port integer not null,
      zone text not null,
      name text not null,
      address text not null,
      key_name text not null,
      key_algorithm text not null,
      key_secret text not null,
      state text not null,
      created_at text not null,
      updated_at text not null,
      primary key (cluster_uid, server_address, server_port, zone, name, address)
    ) strict, without rowid`.execute(db);
  },
};
