/** RKE2, as the lab's machines know it (https://docs.rke2.io). */
import { rancherCommand } from '../rancher/command.js';
import type { RancherDistribution } from '../rancher/distribution.js';
import { FLAGS } from './flags.js';

export const RKE2: RancherDistribution = {
  program: 'rke2',
  configFolder: '/etc/rancher/rke2',
  dataFolder: '/var/lib/rancher/rke2',
  variables: 'RKE2',
  flags: FLAGS,
  supervisorPort: 9_345,
  apiPort: 6_443,
  startsIn: { server: 'guest.rke2-server-start', agent: 'guest.rke2-agent-start' },
  components: { coredns: 'rke2-coredns', 'metrics-server': 'rke2-metrics-server' },
  podNetwork: {
    flag: 'cni',
    fallback: 'canal',
    values: ['none', 'calico', 'canal', 'cilium', 'flannel'],
  },
  alwaysEtcd: true,
  alwaysEncryptsSecrets: true,
  runsFromImages: true,
};

export const simulatedRke2 = rancherCommand(RKE2);
