/** Brings the schema of an opened database up to date. */
import { Migrator, sql, type Migration } from 'kysely';
import { fail } from '../domain/errors.js';
import { MIGRATIONS } from './migrations/migrations.js';
import type { StoreDatabase } from './tables.js';

/**
 * Runs what is missing of the migrations, all or none. Safe when several processes do it at once: the second waits for
 * the write lock, then finds nothing left to do.
 * @throws `STORE_UNAVAILABLE` when a newer version of the product has changed the schema already.
 */
export async function migrate(
  db: StoreDatabase,
  migrations: Readonly<Record<string, Migration>> = MIGRATIONS,
): Promise<void> {
  const unknown = (await appliedMigrations(db)).filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0) {
    throw fail(
      'STORE_UNAVAILABLE',
      `the database was written by a newer version of Clusterwright: it has the migration ${unknown.join(', ')}, ` +
        'which this version does not know',
    );
  }
  // It runs all migrations in one transaction, which takes the write lock before it looks what is missing.
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function appliedMigrations(db: StoreDatabase): Promise<string[]> {
  const table =
    await sql`select 1 from sqlite_schema where type = 'table' and name = 'kysely_migration'`.execute(db);
  if (table.rows.length === 0) return [];
  const applied = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return applied.rows.map(({ name }) => name);
}
