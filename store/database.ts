/** Opens the SQLite file so that several processes can share it and a crash loses nothing that was committed. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { CamelCasePlugin, Kysely } from 'kysely';
import Database from 'libsql';
import { migrate } from './migrate.js';
import { sqliteDialect } from './sqlite-dialect.js';
import { storeFailure } from './store-failure.js';
import type { StoreDatabase, Tables } from './tables.js';
import { whenFree } from './when-free.js';

/** Spares most waits for another process; longer ones are {@link whenFree}'s, as this one blocks the event loop. */
const BUSY_TIMEOUT_MS = 10;

/**
 * Creates the file, readable by its owner only, when there is none, and brings its schema up to date.
 * @throws `STORE_UNAVAILABLE`
 */
export async function openDatabase(path: string): Promise<StoreDatabase> {
  const database = await openFile(path);
  const db = new Kysely<Tables>({
    dialect: sqliteDialect(database),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  try {
    await migrate(db);
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

async function openFile(path: string): Promise<Database.Database> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // SQLite would create it readable by all; the -wal and -shm files take their mode from it.
    closeSync(openSync(path, 'a', 0o600));
    const database = new Database(path);
    try {
      database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
      await whenFree(() => database.pragma('journal_mode = WAL'));
      // NORMAL would lose the last commits when the power fails.
      database.pragma('synchronous = FULL');
      database.pragma('foreign_keys = ON');
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw storeFailure(error);
  }
}
