/** Writes down by itself, in the database, who was given which VMID and which address, and when it was given back. */
import Database from 'libsql';

/** One thing that happened to a number, in the order in which it happened. Times are milliseconds since the epoch. */
interface Event {
  readonly what: string;
  readonly holder: string;
  readonly kind: 'taken' | 'released' | 'burnt';
  readonly at: number;
}

const TABLE = `create table audit (
  seq integer primary key autoincrement, what text not null, holder text not null, kind text not null, at text not null)`;

const TRIGGERS = [
  `create trigger audit_machine_made after insert on machines begin
    insert into audit (what, holder, kind, at) values ('VMID ' || new.vmid, new.uuid, 'taken', new.created_at); end`,
  `create trigger audit_machine_renumbered after update of vmid on machines when old.vmid != new.vmid begin
    insert into audit (what, holder, kind, at) values ('VMID ' || old.vmid, old.uuid, 'burnt', new.updated_at);
    insert into audit (what, holder, kind, at) values ('VMID ' || new.vmid, new.uuid, 'taken', new.updated_at); end`,
  `create trigger audit_machine_removed after update of state on machines
    when new.state = 'removed' and old.state != 'removed' begin
    insert into audit (what, holder, kind, at) values ('VMID ' || new.vmid, new.uuid, 'released', new.removed_at); end`,
  `create trigger audit_address_leased after insert on address_leases begin
    insert into audit (what, holder, kind, at)
    values ('address ' || new.address, new.cluster_uid || '/' || new.machine, 'taken', new.leased_at); end`,
  `create trigger audit_address_released after update of released_at on address_leases
    when new.released_at is not null and old.released_at is null begin
    insert into audit (what, holder, kind, at)
    values ('address ' || new.address, new.cluster_uid || '/' || new.machine, 'released', new.released_at); end`,
];

/** What a cluster that is gone must not leave, by the question that counts it. */
const LEFT_OVER: Readonly<Record<string, string>> = {
  'machines in the ledger': `select count(*) as n from machines where state != 'removed'`,
  'leases of addresses': 'select count(*) as n from address_leases where released_at is null',
  secrets: 'select count(*) as n from secrets',
  'boot configurations': 'select count(*) as n from boot_armings',
  'boot tokens': 'select count(*) as n from boot_tokens',
  'clusters that are not GONE': `select count(*) as n from clusters where phase != 'GONE'`,
  'images in use': `select count(*) as n from image_uses join clusters on clusters.uid = image_uses.cluster_uid
    where clusters.phase != 'GONE'`,
};

export class Audit {
  private readonly database: Database.Database;

  /** @param path of a store that is up to date and has nothing in it. */
  constructor(path: string) {
    this.database = new Database(path);
    this.database.pragma('busy_timeout = 5000');
    this.database.exec(TABLE);
    for (const trigger of TRIGGERS) this.database.exec(trigger);
  }

  /** VMIDs that machines are to have which nobody was asked to make yet. */
  awaitedVmids(): number[] {
    return this.vmidsIn(`state = 'intent'`);
  }

  /** VMIDs of machines that were seen. */
  madeVmids(): number[] {
    return this.vmidsIn(`state in ('observed', 'done')`);
  }

  /** Permits are left out: those of a process that died go when another one looks. */
  leftOver(): string[] {
    return Object.entries(LEFT_OVER).flatMap(([what, question]) => {
      const { n } = this.database.prepare(question).get() as { n: number };
      return n === 0 ? [] : [`${n} ${what} left`];
    });
  }

  /** Numbers that two had at the same time, or that were given out again too early. */
  overlaps(quarantineSeconds: number): string[] {
    const rows = this.database.prepare('select what, holder, kind, at from audit order by seq').all();
    const events = (rows as (Omit<Event, 'at'> & { at: string })[]).map((row) => ({
      ...row,
      at: Date.parse(row.at),
    }));
    return overlapsIn(events, quarantineSeconds * 1_000);
  }

  /** How often a number or an address was given out, and how many of these there were. */
  reuse(): { readonly given: number; readonly different: number } {
    const query = `select count(*) as given, count(distinct what) as different from audit where kind = 'taken'`;
    return this.database.prepare(query).get() as { given: number; different: number };
  }

  close(): void {
    this.database.close();
  }

  private vmidsIn(condition: string): number[] {
    const rows = this.database.prepare(`select vmid from machines where ${condition} order by vmid`).all();
    return (rows as { vmid: number }[]).map(({ vmid }) => vmid);
  }
}

export function overlapsIn(events: readonly Event[], quarantineMs: number): string[] {
  const holders = new Map<string, string>();
  const releasedAt = new Map<string, number>();
  const burnt = new Set<string>();
  const violations: string[] = [];
  for (const { what, holder, kind, at } of events) {
    switch (kind) {
      case 'taken': {
        const other = holders.get(what);
        const before = releasedAt.get(what);
        if (other !== undefined) violations.push(`${what} was given to ${holder} while ${other} had it`);
        if (burnt.has(what)) violations.push(`${what} was given to ${holder} although it had been given up`);
        if (before !== undefined && at - before < quarantineMs)
          violations.push(`${what} was given to ${holder} ${at - before} ms after it was released`);
        holders.set(what, holder);
        break;
      }
      case 'burnt':
        burnt.add(what);
        holders.delete(what);
        break;
      case 'released':
        releasedAt.set(what, at);
        holders.delete(what);
        break;
    }
  }
  return violations;
}
