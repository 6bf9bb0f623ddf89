/** What the store has of a cluster, read beside the running service. */
import Database from 'libsql';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../store/open-store.js';
import type { Store } from '../../store/store.js';
import type { LabProcess } from './lab-process.js';

const BUSY_TIMEOUT_MS = 10_000;

/** Everything that is still held of a cluster: machines, leases, secrets, what its machines could fetch. */
export async function remembered(lab: LabProcess, uid: string): Promise<unknown[]> {
  const held = await withStore(lab, (store) =>
    Promise.all([store.machines.ofCluster(uid), store.addresses.ofCluster(uid), store.secrets.names(uid)]),
  );
  const armings = withDatabase(lab, (database) =>
    database.prepare('select machine from boot_armings where cluster_uid = ?').all(uid),
  );
  return [...held.flat(), ...armings];
}

export async function withStore<T>(lab: LabProcess, read: (store: Store) => Promise<T>): Promise<T> {
  const secretsKey = Buffer.from(readFileSync(join(lab.stateDir, 'secrets.key'), 'utf8'), 'base64');
  const store = await openStore({ path: databasePath(lab), secretsKey });
  try {
    return await read(store);
  } finally {
    await store.close();
  }
}

/** For what no port of the store does. */
export function withDatabase<T>(lab: LabProcess, work: (database: Database.Database) => T): T {
  const database = new Database(databasePath(lab));
  // The service writes at the same time.
  database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function databasePath({ stateDir }: LabProcess): string {
  return join(stateDir, 'clusterwright.db');
}
