/** The medium that a machine finds its first-boot configuration on: cloud-init's NoCloud data source. */
import { isoImage } from './iso9660.js';
import { metaData, type MetaData } from './meta-data.js';
import { networkConfig, type NetworkConfig } from './network-config.js';
import { userData, type UserData } from './user-data.js';

/** The label that cloud-init looks for. */
export const SEED_VOLUME_ID = 'cidata';

export interface Seed {
  readonly userData: UserData;
  readonly metaData: MetaData;
  readonly networkConfig: NetworkConfig;
}

/**
 * The same seed gives the same bytes.
 * @returns an ISO 9660 image with `user-data`, `meta-data` and `network-config`.
 */
export function seedImage(seed: Seed): Uint8Array {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  return isoImage(SEED_VOLUME_ID, [
    { name: 'user-data', content: encode(userData(seed.userData)) },
    { name: 'meta-data', content: encode(metaData(seed.metaData)) },
    { name: 'network-config', content: encode(networkConfig(seed.networkConfig)) },
  ]);
}
