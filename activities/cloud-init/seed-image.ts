/** The medium that a machine finds its first-boot configuration on: cloud-init's NoCloud data source. */
import { noCloudDocuments, type Seed } from './documents.js';
import { isoImage } from './iso9660.js';

export type { Seed } from './documents.js';

/** The label that cloud-init looks for. */
export const SEED_VOLUME_ID = 'cidata';

/**
 * The same seed gives the same bytes.
 * @returns an ISO 9660 image with `user-data`, `meta-data` and `network-config`.
 * @throws `BOOT_DOCUMENT_INVALID`
 */
export function seedImage(seed: Seed): Uint8Array {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const documents = noCloudDocuments(seed);
  return isoImage(SEED_VOLUME_ID, [
    { name: 'user-data', content: encode(documents.userData) },
    { name: 'meta-data', content: encode(documents.metaData) },
    { name: 'network-config', content: encode(documents.networkConfig) },
  ]);
}
