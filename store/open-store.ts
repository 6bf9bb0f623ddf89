/** The store over one SQLite file. */
import { addressLeases } from './address-leases.js';
import { clusterRecords } from './clusters.js';
import { openDatabase } from './database.js';
import { machineLedger } from './machine-ledger.js';
import { operationLog } from './operations.js';
import { KEY_BYTES } from './seal.js';
import { secretVault } from './secret-vault.js';
import type { Store } from './store.js';
import { fail } from '../domain/errors.js';

export interface StoreOptions {
  /** The SQLite file; it and its folder are created when they are missing. */
  readonly path: string;
  /** 32 bytes that all secrets are sealed with. */
  readonly secretsKey: Buffer;
  /** How long the VMID of a removed machine stays out of use. */
  readonly quarantineSeconds?: number;
  readonly now?: () => Date;
}

const QUARANTINE_SECONDS = 3_600;

/**
 * Opens the file and brings its schema up to date. Several processes may have it open.
 * @throws `STORE_UNAVAILABLE` when it cannot be opened, is no database, or was written by a newer version.
 * @throws `SECRET_UNREADABLE` when the key is not 32 bytes long.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { path, secretsKey, quarantineSeconds = QUARANTINE_SECONDS, now = () => new Date() } = options;
  if (secretsKey.length !== KEY_BYTES) {
    throw fail('SECRET_UNREADABLE', `the key must have ${KEY_BYTES} bytes, not ${secretsKey.length}`);
  }
  const db = await openDatabase(path);
  return {
    clusters: clusterRecords(db),
    operations: operationLog(db, now),
    machines: machineLedger(db, { quarantineSeconds, now }),
    addresses: addressLeases(db, now),
    secrets: secretVault(db, secretsKey, now),
    close: () => db.destroy(),
  };
}
