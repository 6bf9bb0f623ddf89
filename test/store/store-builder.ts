/** Stores in folders of their own, and the records that tests put into them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { aDefinition } from '../builders/definition.js';
import { openStore, type StoreOptions } from '../../store/open-store.js';
import type { ClusterRecord, NewOperation, ReserveMachines, Store } from '../../store/store.js';

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

export function aDatabasePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'clusterwright-store-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'store.db');
}

export const A_KEY = Buffer.alloc(32, 7);

export async function aStore(options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await openStore({ path: aDatabasePath(), secretsKey: A_KEY, ...options });
  cleanups.push(() => store.close());
  return store;
}

/** A clock that stands still until it is told to go on. */
export class ManualClock {
  private time = Date.parse('2026-01-01T00:00:00.000Z');
  readonly now = (): Date => new Date(this.time);

  advance(seconds: number): void {
    this.time += seconds * 1_000;
  }
}

export function aCluster(change: Partial<ClusterRecord> = {}): ClusterRecord {
  return {
    uid: 'uid-1',
    name: 'edge',
    phase: 'PLANNED',
    definition: aDefinition({ name: 'edge' }),
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    failure: null,
    ...change,
  };
}

export function anOperation(change: Partial<NewOperation> = {}): NewOperation {
  return {
    id: 'provision-1',
    cluster: 'edge',
    kind: 'provision',
    idempotencyKey: 'key-1',
    requestHash: 'a'.repeat(64),
    ...change,
  };
}

/** A request for machines named by their UUIDs, from the VMIDs 100 to 109. */
export function aReservation(
  uuids: readonly string[],
  change: Partial<ReserveMachines> = {},
): ReserveMachines {
  return {
    clusterUid: 'uid-1',
    cluster: 'edge',
    range: { from: 100, to: 109 },
    avoid: [],
    machines: uuids.map((uuid) => ({ uuid, name: `edge-${uuid}`, host: 'pve1' })),
    ...change,
  };
}
