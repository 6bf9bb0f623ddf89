/** Clusters as distributions are told of them, for tests that change one thing. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { PlatformCluster, PlatformMachine } from '../../platforms/platform.js';
import { aClusterOf } from '../builders/definition.js';
import { SETTINGS } from '../builders/plan.js';

export const aMachine = (change: Partial<PlatformMachine> = {}): PlatformMachine => ({
  name: 'edge-server-1',
  role: 'CONTROL_PLANE',
  address: '10.1.107.100',
  labels: {},
  taints: [],
  ...change,
});

export const SERVERS = [1, 2, 3].map((n) =>
  aMachine({ name: `edge-server-${n}`, address: `10.1.107.${99 + n}` }),
);

/** Without a load balancer. */
export const aCluster = (
  servers: readonly PlatformMachine[] = SERVERS.slice(0, 1),
  change: Partial<ClusterDefinition> = {},
): PlatformCluster => ({
  definition: aClusterOf(servers.length, 0, change),
  controlPlane: servers,
  nodes: servers,
  endpoint: { address: servers[0]?.address ?? '', isBalanced: false, names: [] },
  settings: SETTINGS,
});

/** All servers behind one address. */
export const aBalancedCluster = (change: Partial<ClusterDefinition> = {}): PlatformCluster => ({
  ...aCluster(SERVERS, change),
  endpoint: {
    address: '10.1.107.140',
    isBalanced: true,
    names: ['api.edge.lab.internal', 'api-int.edge.lab.internal', '192.0.2.10'],
  },
});
