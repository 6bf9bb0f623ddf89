/** The ports of the store for images: files that the service downloaded, and the catalogue. */
import type { CatalogueImage } from '../domain/image-source.js';

/** Image files that the service downloaded itself; those of others are not in here, and are never removed. */
export interface ImageFiles {
  /** The cluster uses the file, now. Written down before the file is asked for: what may be there is known. */
  use(use: UseImage): Promise<ImageFile>;
  /** The file is there, whole, and has this size. */
  verified(place: ImagePlace, sizeBytes: number): Promise<void>;
  get(place: ImagePlace): Promise<ImageFile | undefined>;
  /**
   * Files that were last used before this moment (ISO 8601, UTC) and that no cluster uses that is not GONE.
   * @param place only this file.
   */
  unused(before: string, place?: ImagePlace): Promise<ImageFile[]>;
  /** The file is proved to be gone. */
  forget(place: ImagePlace): Promise<void>;
}

export interface ImagePlace {
  /** Volume id, such as `local:import/cw-0a1b2c3d4e5f-debian-12.qcow2`. */
  readonly volume: string;
  /** `null` when the storage is shared: the file is there once, for all hosts. */
  readonly host: string | null;
}

export interface UseImage extends ImagePlace {
  readonly url: string;
  /** `sha256:<hex>` or `sha512:<hex>`. */
  readonly checksum: string;
  readonly clusterUid: string;
}

export interface ImageFile extends ImagePlace {
  readonly url: string;
  readonly checksum: string;
  /** `null` until the file was seen whole. */
  readonly sizeBytes: number | null;
  readonly firstUsedAt: string;
  readonly lastUsedAt: string;
}

/** Names for image sources, so that many definitions can mean the same image. */
export interface ImageCatalogue {
  /** Inserts or replaces by name. */
  put(image: CatalogueImage): Promise<{ readonly entry: CatalogueEntry; readonly isNew: boolean }>;
  get(name: string): Promise<CatalogueEntry | undefined>;
  /** Ordered by name. */
  list(): Promise<CatalogueEntry[]>;
  /** @returns false when there was none. */
  remove(name: string): Promise<boolean>;
}

export interface CatalogueEntry extends CatalogueImage {
  readonly createdAt: string;
  readonly updatedAt: string;
}
