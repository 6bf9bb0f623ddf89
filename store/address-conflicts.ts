/** Addresses on which a stranger answered. */
import type { StoreDatabase, StoreTransaction } from './tables.js';

/** What was seen last is kept as the reason, and when it was first seen. */
export async function writeConflict(
  db: StoreDatabase | StoreTransaction,
  { address, reason, at }: { readonly address: string; readonly reason: string; readonly at: string },
): Promise<void> {
  await db
    .insertInto('addressConflicts')
    .values({ address, reason, foundAt: at, lastSeenAt: at })
    .onConflict((conflict) => conflict.column('address').doUpdateSet({ reason, lastSeenAt: at }))
    .execute();
}
