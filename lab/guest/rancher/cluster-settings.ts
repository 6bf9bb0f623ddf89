/** What a server's configuration says about the whole cluster. */
import type { ClusterSettings } from './cluster.js';
import type { RancherProgram } from './distribution.js';
import { RancherFatal } from './fatal.js';

/** @throws RancherFatal for a network of pods that the distribution does not have. */
export function clusterSettings({ distribution, configuration }: RancherProgram): ClusterSettings {
  const { flag, fallback, values } = distribution.podNetwork;
  const podNetwork = configuration.list(flag).at(-1) ?? fallback;
  if (!values.includes(podNetwork)) {
    throw new RancherFatal(
      `Invalid value ${podNetwork} for --${flag} flag: must be one of ${values.join(',')}`,
    );
  }
  return {
    'cluster-cidr': configuration.list('cluster-cidr')[0] ?? '10.42.0.0/16',
    'service-cidr': configuration.list('service-cidr')[0] ?? '10.43.0.0/16',
    'cluster-dns': configuration.list('cluster-dns')[0] ?? '',
    'cluster-domain': configuration.text('cluster-domain') ?? 'cluster.local',
    [flag]: podNetwork,
    'secrets-encryption': distribution.alwaysEncryptsSecrets || configuration.isOn('secrets-encryption'),
    'embedded-registry': configuration.isOn('embedded-registry'),
    disable: [...configuration.list('disable')].sort(),
  };
}
