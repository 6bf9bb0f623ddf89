/** Which disks are a machine's own, whether we protected its VM, and for whom a VMID was given up. */
import { sql } from 'kysely';
import type { Migration } from 'kysely';

export const machineVolumes: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await statement.execute(db);
  },
};

const STATEMENTS = [
  sql`create table machine_volumes (
    machine_uuid text not null,
    volume text not null,
    slot text not null,
    recorded_at text not null,
    primary key (machine_uuid, volume)
  ) strict, without rowid`,
  sql`alter table machines add column protected integer not null default 0`,
  sql`alter table burnt_vmids add column cluster_uid text`,
];
