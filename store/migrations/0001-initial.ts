/** The first schema: clusters, operations, the VM ledger, address leases and secrets. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const initial: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};

const STATEMENTS = [
  sql`create table clusters (
    seq integer primary key autoincrement,
    uid text not null unique,
    name text not null,
    phase text not null,
    definition text not null,
    created_at text not null,
    updated_at text not null,
    failure text
  ) strict`,
  sql`create index clusters_name on clusters (name, created_at, seq)`,

  sql`create table operations (
    id text primary key,
    cluster text not null,
    kind text not null,
    idempotency_key text unique,
    request_hash text not null,
    status text not null,
    detail text,
    created_at text not null,
    finished_at text
  ) strict`,

  sql`create table machines (
    seq integer primary key autoincrement,
    uuid text not null unique,
    cluster_uid text not null,
    cluster text not null,
    name text not null,
    vmid integer not null,
    host text not null,
    state text not null,
    upid text,
    seed_volume text,
    ssh_host_key text,
    created_at text not null,
    updated_at text not null,
    removed_at text
  ) strict`,
  // A removed machine keeps its row, so the number alone cannot be unique.
  sql`create unique index machines_live_vmid on machines (vmid) where state <> 'removed'`,
  sql`create index machines_cluster on machines (cluster_uid, seq)`,
  sql`create index machines_removed on machines (removed_at) where state = 'removed'`,
  sql`create table burnt_vmids (vmid integer primary key, burnt_at text not null) strict`,

  sql`create table address_leases (
    seq integer primary key autoincrement,
    address text not null,
    cluster_uid text not null,
    cluster text not null,
    machine text not null,
    leased_at text not null,
    released_at text
  ) strict`,
  sql`create unique index address_leases_live on address_leases (address) where released_at is null`,
  sql`create unique index address_leases_machine on address_leases (cluster_uid, machine)
    where released_at is null`,

  sql`create table secrets (
    cluster_uid text not null,
    name text not null,
    key_id text not null,
    sealed text not null,
    updated_at text not null,
    primary key (cluster_uid, name)
  ) strict, without rowid`,
];
