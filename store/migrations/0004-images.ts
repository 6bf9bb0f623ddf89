/** Image files that the service downloaded, which cluster used them, and the catalogue. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const images: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};

const STATEMENTS = [
  // A file of a shared storage is one file for all hosts: its host is ''.
  sql`create table image_files (
    volume text not null,
    host text not null,
    url text not null,
    checksum text not null,
    size_bytes integer,
    first_used_at text not null,
    last_used_at text not null,
    primary key (volume, host)
  ) strict, without rowid`,
  sql`create table image_uses (
    volume text not null,
    host text not null,
    cluster_uid text not null,
    last_used_at text not null,
    primary key (volume, host, cluster_uid)
  ) strict, without rowid`,
  sql`create table catalogue_images (
    name text primary key,
    source text not null,
    checksum text,
    created_at text not null,
    updated_at text not null
  ) strict, without rowid`,
];
