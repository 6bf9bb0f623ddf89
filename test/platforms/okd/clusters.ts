/** The OKD cluster that tests change one thing of. */
import type { ClusterDefinition, NodeGroup, NodeRole } from '../../../domain/cluster-definition.js';
import type { OkdPlatformConfig } from '../../../domain/platform-config.js';
import type { ServiceDependency } from '../../../domain/cluster-definition.js';
import { aDefinition, aNodeGroup } from '../../builders/definition.js';

export const OKD_CONFIG: OkdPlatformConfig = {
  bootFiles: 'scos',
  installDevice: '/dev/sda',
  toolsUrl: 'https://okd.example/releases/4.19.0',
  pullSecret: null,
};

const BALANCER: ServiceDependency = {
  name: 'load-balancer',
  type: 'LOAD_BALANCER',
  configuration: {
    kind: 'EXTERNAL',
    machines: null,
    publicSide: null,
    services: ['api', 'ingress', 'machine-config'],
    address: '10.1.107.9',
  },
  dependsOn: [],
  required: true,
  startupOrder: 1,
};

const PXE: ServiceDependency = {
  name: 'pxe-server',
  type: 'PXE_BOOT',
  configuration: { machines: null, dhcpRange: null, staticAssignments: true },
  dependsOn: ['load-balancer'],
  required: true,
  startupOrder: 2,
};

export function okdGroup(
  name: string,
  role: NodeRole,
  count: number,
  change: Partial<NodeGroup> = {},
): NodeGroup {
  const lifecycle = { temporary: role === 'BOOTSTRAP', cleanupAfterBoot: role === 'BOOTSTRAP' };
  return aNodeGroup({ name, role, count, lifecycle, ...change });
}

export function anOkdCluster(change: Partial<ClusterDefinition> = {}): ClusterDefinition {
  return aDefinition({
    name: 'okd-production',
    type: 'OKD',
    version: '4.19.0',
    bootMethod: 'PXE',
    nodeGroups: [okdGroup('bootstrap', 'BOOTSTRAP', 1), okdGroup('masters', 'CONTROL_PLANE', 3)],
    services: [BALANCER, PXE],
    platformConfig: { ...OKD_CONFIG },
    ...change,
  });
}
