/** What the workflows write down of things that were left behind. */
import type { OrphanRemoval, OrphanReport } from '../../domain/orphans.js';
import type { Store } from '../../store/store.js';

export function orphanRecords({ orphans }: Pick<Store, 'orphans'>) {
  return {
    /** The latest report is kept. */
    async recordOrphans(request: { readonly report: OrphanReport }): Promise<void> {
      await orphans.record(request.report);
    },

    /** The last attempt to remove each is kept. */
    async recordOrphanRemovals(request: { readonly removals: readonly OrphanRemoval[] }): Promise<void> {
      await orphans.recordRemovals(request.removals);
    },
  };
}
