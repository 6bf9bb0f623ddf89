/** How much may go on at once on a storage, and under which key it is counted. */
import { Context } from '@temporalio/activity';
import type { PermitLimit } from '../../store/store.js';
import type { ProxmoxContext } from './dependencies.js';

export interface StorageLimits {
  /** For what Proxmox VE does inside the storage's lock. */
  readonly allocation: PermitLimit;
  /** For what copies a whole disk, outside of that lock. */
  readonly copy: PermitLimit;
}

/**
 * A storage that each host has for itself is as many storages, with a lock each. For that lock there is a queue, so
 * that one more may already stand in it. For the cluster-wide lock of a shared storage there is none: whoever tries
 * first has it, others look again a second later, and one that is unlucky for 10 s fails; so nobody is made to wait.
 * @param host from which the storages are seen.
 * @returns the limits of each storage by its name; one that the host does not have counts as shared.
 */
export async function storageLimits(
  { client, limits }: Pick<ProxmoxContext, 'client' | 'limits'>,
  host: string,
): Promise<(storage: string) => StorageLimits> {
  const storages = await client.storages(host, Context.current().cancellationSignal);
  return (name) => {
    const record = storages.find(({ storage }) => storage === name);
    const isShared = record === undefined || record.shared === 1;
    const counted = isShared ? name : `${name}@${host}`;
    const most = isShared ? limits.allocationsPerSharedStorage : limits.allocationsPerStorage;
    return {
      allocation: { key: `allocations:${counted}`, most },
      copy: { key: `copies:${counted}`, most: limits.copiesPerStorage },
    };
  };
}
