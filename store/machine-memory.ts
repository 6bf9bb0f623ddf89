/** Memory of hosts that machines were promised and do not use yet. */
import { fail } from '../domain/errors.js';
import type { ObservedCapacity, ReserveMachines } from './store.js';
import type { StoreDatabase, StoreTransaction } from './tables.js';

/** @param running VMIDs of guests that run: what is free on their hosts is without their memory. */
export async function claimedMemory(
  db: StoreDatabase | StoreTransaction,
  running: readonly number[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('machines')
    .select(['vmid', 'host', 'memoryMib'])
    .where('state', '!=', 'removed')
    .execute();
  const known = new Set(running);
  const claimed = new Map<string, number>();
  for (const { vmid, host, memoryMib } of rows) {
    if (!known.has(vmid)) claimed.set(host, (claimed.get(host) ?? 0) + memoryMib);
  }
  return claimed;
}

/** Call it inside the transaction that reserves. @throws `PLACEMENT_OUTDATED` */
export async function refuseOvercommit(
  transaction: StoreTransaction,
  request: { readonly capacity: ObservedCapacity | undefined; readonly wanted: ReserveMachines['machines'] },
): Promise<void> {
  if (request.capacity === undefined) return;
  const { hosts, runningVmids } = request.capacity;
  const claimed = await claimedMemory(transaction, runningVmids);
  for (const { name: host, memoryFreeMiB: free } of hosts) {
    const mine = request.wanted
      .filter((machine) => machine.host === host)
      .reduce((sum, { memoryMiB = 0 }) => sum + memoryMiB, 0);
    const others = claimed.get(host) ?? 0;
    if (mine === 0 || mine + others <= free) continue;
    throw fail(
      'PLACEMENT_OUTDATED',
      `${host} had ${free} MiB free, of which other runs reserved ${others} MiB; ${mine} MiB are needed`,
    );
  }
}
