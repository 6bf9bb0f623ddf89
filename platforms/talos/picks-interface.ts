/** Whether Flannel has to be told which interface of a machine leads to the other machines. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { TalosPlatformConfig } from '../../domain/platform-config.js';

/** It looks for the default route, which may lead out of another interface, or may not be there at all. */
export function picksInterface({
  platformConfig,
  network,
  nodeGroups,
}: Pick<ClusterDefinition, 'platformConfig' | 'network' | 'nodeGroups'>): boolean {
  const { cni } = platformConfig as unknown as TalosPlatformConfig;
  const isPlain =
    network.egress === 'GATEWAY' && nodeGroups.every((group) => group.network.interfaces.length === 0);
  return cni !== 'none' && !isPlain;
}
