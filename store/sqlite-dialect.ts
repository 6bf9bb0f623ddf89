/** Kysely's SQLite dialect over libsql, with writers that queue and with the product's errors. */
import {
  SelectQueryNode,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
} from 'kysely';
import type Database from 'libsql';
import { storeFailure } from './store-failure.js';
import { whenFree } from './when-free.js';

export function sqliteDialect(database: Database.Database): Dialect {
  return {
    createAdapter: () => new TransactionalDdlAdapter(),
    createDriver: () => new QueueingDriver(database),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** SQLite rolls schema changes back like any others; Kysely is careful and assumes that it does not. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class QueueingDriver extends SqliteDriver {
  private readonly database: Database.Database;

  constructor(database: Database.Database) {
    super({ database });
    this.database = database;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    return new QueueingConnection(await super.acquireConnection(), this.database);
  }

  override beginTransaction(): Promise<void> {
    return begin(this.database);
  }

  override async commitTransaction(): Promise<void> {
    execute(this.database, 'commit');
  }

  override async rollbackTransaction(): Promise<void> {
    // SQLite has ended the transaction itself when the disk is full or fails.
    if (this.database.inTransaction) execute(this.database, 'rollback');
  }
}

class QueueingConnection implements DatabaseConnection {
  private readonly connection: DatabaseConnection;
  private readonly database: Database.Database;

  constructor(connection: DatabaseConnection, database: Database.Database) {
    this.connection = connection;
    this.database = database;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.database.inTransaction) return this.execute(query);
    if (SelectQueryNode.is(query.query)) return whenFree(() => this.execute(query));
    // A prepared statement that libsql was refused with SQLITE_BUSY stays open and keeps later transactions from
    // committing, so no write runs before the lock is held.
    await begin(this.database);
    try {
      const result = await this.execute<R>(query);
      execute(this.database, 'commit');
      return result;
    } catch (error) {
      if (this.database.inTransaction) execute(this.database, 'rollback');
      throw error;
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.connection.streamQuery(query, chunkSize);
  }

  private async execute<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      return await this.connection.executeQuery<R>(query);
    } catch (error) {
      throw storeFailure(error);
    }
  }
}

/**
 * Takes the write lock at once. A deferred transaction that reads and then writes is refused with SQLITE_BUSY without
 * any waiting when another process wrote in between, as its snapshot is stale by then.
 */
async function begin(database: Database.Database): Promise<void> {
  await whenFree(() => execute(database, 'begin immediate'));
}

function execute(database: Database.Database, sql: string): void {
  try {
    database.exec(sql);
  } catch (error) {
    throw storeFailure(error);
  }
}
