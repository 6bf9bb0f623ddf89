/** Definitions with all defaults resolved, for tests that change one thing. */
import type { ClusterDefinition, NodeGroup } from '../../domain/cluster-definition.js';

export function aNodeGroup(change: Partial<NodeGroup> = {}): NodeGroup {
  return {
    name: 'server',
    role: 'CONTROL_PLANE',
    count: 1,
    template: {
      imageSource: 'local-zfs:9001/ubuntu-24.04-template',
      imageChecksum: null,
      cores: 2,
      memoryMiB: 4096,
      diskGiB: 20,
      storage: null,
      cpuType: 'x86-64-v2-AES',
      cloudInit: { user: 'clusterwright', packages: [], runCmd: [], sshAuthorizedKeys: [] },
    },
    placement: { targetNodes: [], preferredNodes: [], antiAffinity: 'NONE' },
    boot: {
      method: 'TEMPLATE',
      configTemplate: null,
      delivery: 'MEDIUM',
      kernel: null,
      initrd: null,
      kernelArguments: [],
    },
    network: { bridge: null, privateVLAN: null, interfaces: [], firewall: [] },
    tags: [],
    metadata: {},
    labels: {},
    taints: [],
    lifecycle: { temporary: false, cleanupAfterBoot: false },
    ...change,
  };
}

export function aDefinition(change: Partial<ClusterDefinition> = {}): ClusterDefinition {
  return {
    name: 'edge',
    type: 'K3S',
    version: 'v1.32.0+k3s1',
    bootMethod: 'TEMPLATE',
    network: {
      isolation: 'NONE',
      privateVLAN: null,
      publicAccess: true,
      bridge: 'vmbr0',
      cidr: '10.1.107.0/24',
      gateway: '10.1.107.1',
      egress: 'GATEWAY',
      ipRange: '10.1.107.100-150',
      nameservers: ['10.1.107.1'],
      domain: 'lab.internal',
      mtu: null,
      podCidr: '10.42.0.0/16',
      serviceCidr: '10.43.0.0/16',
      virtualAddresses: [],
      firewall: null,
    },
    nodeGroups: [aNodeGroup()],
    services: [],
    security: { encryptSecretsAtRest: true, sshAuthorizedKeys: [] },
    validation: {
      waitForCluster: true,
      timeoutMinutes: 45,
      healthChecks: ['api-availability', 'node-readiness'],
    },
    platformConfig: {
      disable: [],
      flannelBackend: 'vxlan',
      registries: null,
      airGapUrl: null,
      datastore: null,
    },
    onFailure: 'ROLLBACK',
    deadlineMinutes: null,
    ...change,
  };
}

/** As many servers as said, and workers beside them. */
export function aClusterOf(
  servers: number,
  workers: number,
  change: Partial<ClusterDefinition> = {},
): ClusterDefinition {
  const template = { ...aNodeGroup().template, imageSource: 'ceph-vm:9002/ubuntu-24.04-template' };
  const groups = [
    aNodeGroup({ name: 'server', count: servers, template }),
    aNodeGroup({ name: 'worker', role: 'WORKER', count: workers, template }),
  ];
  return aDefinition({ nodeGroups: groups.filter(({ count }) => count > 0), ...change });
}
