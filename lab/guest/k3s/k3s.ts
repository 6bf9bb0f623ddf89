/** K3s, as the lab's machines know it. */
import { rancherCommand } from '../rancher/command.js';
import type { RancherDistribution } from '../rancher/distribution.js';
import { FLAGS } from './flags.js';

export const K3S: RancherDistribution = {
  program: 'k3s',
  configFolder: '/etc/rancher/k3s',
  dataFolder: '/var/lib/rancher/k3s',
  variables: 'K3S',
  flags: FLAGS,
  // Supervisor and API share a port.
  supervisorPort: 6_443,
  apiPort: 6_443,
  startsIn: { server: 'guest.k3s-server-start', agent: 'guest.k3s-agent-start' },
  // https://docs.k3s.io/installation/packaged-components
  components: {
    coredns: 'coredns',
    traefik: 'traefik',
    servicelb: 'servicelb',
    'metrics-server': 'metrics-server',
    'local-storage': 'local-storage',
  },
  podNetwork: {
    flag: 'flannel-backend',
    fallback: 'vxlan',
    values: ['none', 'vxlan', 'host-gw', 'wireguard-native'],
  },
  alwaysEtcd: false,
  alwaysEncryptsSecrets: false,
  runsFromImages: false,
};

export const simulatedK3s = rancherCommand(K3S);
