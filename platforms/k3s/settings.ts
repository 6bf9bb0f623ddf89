/** `platformConfig` of a K3s cluster. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { K3sPlatformConfig } from '../../domain/platform-config.js';

/** Definitions that were stored before these fields came have none of them. */
const ADDED = { registries: null, airGapUrl: null, datastore: null } as const;

export function k3sSettings({ platformConfig }: ClusterDefinition): K3sPlatformConfig {
  return { ...ADDED, ...(platformConfig as unknown as K3sPlatformConfig) };
}
