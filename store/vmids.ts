/** Which VMIDs may be taken. */
import { fail } from '../domain/errors.js';
import type { VmidRange } from '../domain/plan.js';
import type { StoreTransaction } from './tables.js';

/**
 * Exactly `count` VMIDs: the lowest free ones of the range. Call it inside the transaction that takes them.
 * @param quarantinedSince VMIDs of machines that were removed after this instant (ISO 8601) stay out of use: Proxmox VE
 *   gives numbers out again at once, and a late call for the old VM must not hit the new one.
 * @throws `VMIDS_EXHAUSTED`
 */
export async function freeVmids(
  transaction: StoreTransaction,
  request: { range: VmidRange; count: number; avoid: readonly number[]; quarantinedSince: string },
): Promise<number[]> {
  const { range, count } = request;
  const taken = new Set(request.avoid);
  for (const vmid of await heldVmids(transaction, range, request.quarantinedSince)) taken.add(vmid);
  const free: number[] = [];
  for (let vmid = range.from; vmid <= range.to && free.length < count; vmid += 1) {
    if (!taken.has(vmid)) free.push(vmid);
  }
  if (free.length < count) {
    throw fail(
      'VMIDS_EXHAUSTED',
      `${count} VMIDs are needed, and ${free.length} of ${range.from}-${range.to} are free`,
    );
  }
  return free;
}

async function heldVmids(
  transaction: StoreTransaction,
  { from, to }: VmidRange,
  quarantinedSince: string,
): Promise<number[]> {
  const rows = await transaction
    .selectFrom('machines')
    .select('vmid')
    .where('vmid', '>=', from)
    .where('vmid', '<=', to)
    .where((e) => e.or([e('state', '!=', 'removed'), e('removedAt', '>', quarantinedSince)]))
    .union(
      transaction.selectFrom('burntVmids').select('vmid').where('vmid', '>=', from).where('vmid', '<=', to),
    )
    .execute();
  return rows.map(({ vmid }) => vmid);
}
