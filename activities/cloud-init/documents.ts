/** The documents of cloud-init's NoCloud data source, checked before a machine gets them. */
import type { NoCloudDocuments } from '../../domain/boot/documents.js';
import { documentFaults } from './document-faults.js';
import { metaData, type MetaData } from './meta-data.js';
import { networkConfig, type NetworkConfig } from './network-config.js';
import { userData, type UserData } from './user-data.js';
import { fail } from '../../domain/errors.js';

export interface Seed {
  /** `null`: the machine reads the other documents only, and is told what to be in another way. */
  readonly userData: UserData | null;
  readonly metaData: MetaData;
  readonly networkConfig: NetworkConfig;
}

/** Talos takes what begins so for no configuration of its own, and waits for one (platform `nocloud`). */
const NOTHING_TO_DO = '#cloud-config\nusers: []\n';

/** The same seed gives the same text. @throws `BOOT_DOCUMENT_INVALID` with all that cloud-init would not take. */
export function noCloudDocuments(seed: Seed): NoCloudDocuments {
  const documents: NoCloudDocuments = {
    userData: seed.userData === null ? NOTHING_TO_DO : userData(seed.userData),
    metaData: metaData(seed.metaData),
    // A guest that is told that there is none asks for it ten times.
    vendorData: '',
    networkConfig: networkConfig(seed.networkConfig),
  };
  const faults = documentFaults(documents);
  if (faults.length > 0)
    throw fail('BOOT_DOCUMENT_INVALID', `${seed.metaData.hostname}: ${faults.join('; ')}`);
  return documents;
}
