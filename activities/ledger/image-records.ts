/** What the workflows ask of the store about images: the catalogue, and files that nobody uses any more. */
import type { CatalogueImage } from '../../domain/image-source.js';
import type { ImagePlace, Store } from '../../store/store.js';

export interface UnusedImages {
  /** ISO 8601, UTC: they are unused since before this moment. */
  readonly unusedSince: string;
  readonly images: readonly ImagePlace[];
}

const DAY_MS = 24 * 3_600_000;

/** @param keepDays how long a file is kept after its last use. */
export function imageRecords(store: Store, keepDays: number) {
  return {
    /** All entries of the catalogue, by name. */
    async listCatalogue(): Promise<CatalogueImage[]> {
      const entries = await store.catalogue.list();
      return entries.map(({ name, source, checksum }) => ({ name, source, checksum }));
    },

    /** Image files that the service downloaded, that were not used for a while, and that no cluster uses. */
    async listUnusedImages(): Promise<UnusedImages> {
      const unusedSince = new Date(Date.now() - keepDays * DAY_MS).toISOString();
      const files = await store.images.unused(unusedSince);
      return { unusedSince, images: files.map(({ volume, host }) => ({ volume, host })) };
    },
  };
}
