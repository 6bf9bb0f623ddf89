/** The settings of a definition that are OKD's own. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { OkdPlatformConfig } from '../../domain/platform-config.js';

export function okdConfig({ platformConfig }: Pick<ClusterDefinition, 'platformConfig'>): OkdPlatformConfig {
  return platformConfig as unknown as OkdPlatformConfig;
}
