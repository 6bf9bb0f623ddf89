/** Who holds and who waits for permits, over SQLite: each change and what follows from it is one transaction. */
import { admit, turnOf, type PermitRequest } from './permit-admission.js';
import type { PermitLimit } from './permit-port.js';
import type { StoreDatabase, StoreTransaction } from './tables.js';

export interface OwnPermit {
  readonly id: string;
  readonly owner: string;
  readonly rank: number;
  readonly limits: readonly PermitLimit[];
  readonly state: 'waiting' | 'held';
}

export interface PermitChange {
  /** All that this process holds and waits for. */
  readonly own: readonly OwnPermit[];
  /** Those of them that are new. */
  readonly requested: readonly OwnPermit[];
  readonly released: readonly string[];
}

/** How it stands with what this process asked for. */
export interface PermitStanding {
  readonly held: ReadonlySet<string>;
  readonly waiting: ReadonlyMap<string, { readonly key: string; readonly ahead: number }>;
}

export interface PermitTable {
  /** Also tells the other processes that this one lives, and frees what dead ones held. */
  apply(change: PermitChange): Promise<PermitStanding>;
  /** Only reads: what this process was given by others, and whether one of them has died. */
  look(): Promise<{ readonly held: ReadonlySet<string>; readonly hasDead: boolean }>;
  /** Gives up everything that this process holds and waits for. */
  leave(): Promise<void>;
}

/** A process that was not heard of for so long is dead: it says that it lives every five seconds. */
const DEAD_AFTER_MS = 30_000;
/** Who was served longer ago counts as never served. */
const TURNS_KEPT_MS = 3_600_000;

export function permitTable(db: StoreDatabase, process: string, now: () => Date): PermitTable {
  const ago = (milliseconds: number): number => now().getTime() - milliseconds;
  const deadBefore = (): string => new Date(ago(DEAD_AFTER_MS)).toISOString();

  return {
    apply: (change) =>
      db.transaction().execute(async (transaction) => {
        const isKnown = await sayAlive(transaction, process, now().toISOString());
        await transaction.deleteFrom('permitProcesses').where('seenAt', '<', deadBefore()).execute();
        await transaction.deleteFrom('permitTurns').where('turn', '<', ago(TURNS_KEPT_MS)).execute();
        if (change.released.length > 0) {
          await transaction.deleteFrom('permits').where('id', 'in', change.released).execute();
        }
        // Others took this process for dead, as it stood still for long; what it holds, it still uses.
        await insert(transaction, process, isKnown ? change.requested : change.own);
        const rows = await readAll(transaction);
        const turns = await readTurns(transaction);
        const { admitted, waiting } = admit(rows, turns);
        if (admitted.length > 0) {
          const ids = admitted.map(({ id }) => id);
          await transaction.updateTable('permits').set({ state: 'held' }).where('id', 'in', ids).execute();
          await keepTurns(
            transaction,
            admitted,
            Math.max(now().getTime(), 1 + Math.max(0, ...turns.values())),
          );
        }
        for (const { request, overtaken } of waiting) {
          if (overtaken === request.overtaken) continue;
          await transaction.updateTable('permits').set({ overtaken }).where('id', '=', request.id).execute();
        }
        const isOwn = (row: PermitRow): boolean => row.process === process;
        const held = [...rows.filter(({ state }) => state === 'held'), ...admitted].filter(isOwn);
        return {
          held: new Set(held.map(({ id }) => id)),
          waiting: new Map(
            waiting
              .filter(({ request }) => isOwn(request))
              .map(({ request, key, ahead }) => [request.id, { key, ahead }]),
          ),
        };
      }),

    look: async () => {
      const held = await db
        .selectFrom('permits')
        .select('id')
        .where('process', '=', process)
        .where('state', '=', 'held')
        .execute();
      const dead = await db
        .selectFrom('permitProcesses')
        .select('id')
        .where('seenAt', '<', deadBefore())
        .where('id', '!=', process)
        .limit(1)
        .execute();
      return { held: new Set(held.map(({ id }) => id)), hasDead: dead.length > 0 };
    },

    leave: async () => {
      await db.deleteFrom('permitProcesses').where('id', '=', process).execute();
    },
  };
}

interface PermitRow extends PermitRequest {
  readonly id: string;
  readonly process: string;
}

/** @returns whether the others knew of it. */
async function sayAlive(transaction: StoreTransaction, id: string, seenAt: string): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('permitProcesses')
    .set({ seenAt })
    .where('id', '=', id)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return true;
  await transaction.insertInto('permitProcesses').values({ id, seenAt }).execute();
  return false;
}

async function insert(
  transaction: StoreTransaction,
  process: string,
  permits: readonly OwnPermit[],
): Promise<void> {
  for (const { id, owner, rank, limits, state } of permits) {
    await transaction
      .insertInto('permits')
      .values({ id, process, owner, rank, limits: JSON.stringify(limits), state, overtaken: 0 })
      .execute();
  }
}

async function readAll(transaction: StoreTransaction): Promise<PermitRow[]> {
  const rows = await transaction.selectFrom('permits').selectAll().orderBy('seq').execute();
  return rows.map((row) => ({ ...row, limits: JSON.parse(row.limits) as PermitLimit[] }));
}

async function readTurns(transaction: StoreTransaction): Promise<Map<string, number>> {
  const rows = await transaction.selectFrom('permitTurns').selectAll().execute();
  return new Map(rows.map(({ key, owner, turn }) => [turnOf(key, owner), turn]));
}

/** @param first later than every turn that is known, also when the clock was set back. */
async function keepTurns(
  transaction: StoreTransaction,
  admitted: readonly PermitRow[],
  first: number,
): Promise<void> {
  for (const [index, { owner, limits }] of admitted.entries()) {
    for (const { key } of limits) {
      await transaction
        .insertInto('permitTurns')
        .values({ key, owner, turn: first + index })
        .onConflict((conflict) => conflict.columns(['key', 'owner']).doUpdateSet({ turn: first + index }))
        .execute();
    }
  }
}
