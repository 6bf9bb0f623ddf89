/** A valid definition to start from, and the network that it gets. */
import type { NetworkDefaults } from '../../schema/cluster-definition.js';
import type { DefinitionInput } from '../../schema/definition/shape.js';

export const NETWORK: NetworkDefaults = {
  bridge: 'vmbr0',
  vlan: null,
  cidr: '10.1.107.0/24',
  gateway: '10.1.107.1',
  ipRange: '10.1.107.100-150',
  nameservers: ['10.1.107.2'],
  domain: 'cluster.internal',
  publicNetwork: { cidr: '10.1.3.0/24', ipRange: '10.1.3.100-10.1.3.199', gateway: '10.1.3.1' },
};

/** One server and two workers, with nothing said that has a default. */
export function aDefinition(overrides: Partial<DefinitionInput> = {}): DefinitionInput {
  return {
    name: 'edge',
    type: 'K3S',
    version: 'v1.32.0+k3s1',
    nodeGroups: [aServerGroup(), aWorkerGroup()],
    ...overrides,
  };
}

export type GroupInput = DefinitionInput['nodeGroups'][number];

export function aServerGroup(overrides: Partial<GroupInput> = {}): GroupInput {
  return {
    name: 'server',
    role: 'CONTROL_PLANE',
    count: 1,
    template: { imageSource: 'local-zfs:9001/ubuntu-24.04-template' },
    ...overrides,
  };
}

export function aWorkerGroup(overrides: Partial<GroupInput> = {}): GroupInput {
  return { ...aServerGroup(), name: 'agents', role: 'WORKER', count: 2, ...overrides };
}

export type ServiceInput = NonNullable<DefinitionInput['services']>[number];

type StorageInput = Extract<ServiceInput, { type: 'STORAGE' }>;

/** Of a type of which a cluster may have several. */
export function aService(overrides: Partial<StorageInput> = {}): StorageInput {
  return { name: 'store', type: 'STORAGE', configuration: { proxmoxStorage: 'ceph-vm' }, ...overrides };
}

export type LoadBalancerInput = NonNullable<
  Extract<ServiceInput, { type: 'LOAD_BALANCER' }>['configuration']
>;

export function aLoadBalancer(configuration: LoadBalancerInput = {}): ServiceInput {
  return { name: 'lb', type: 'LOAD_BALANCER', configuration };
}

/** Three control-plane machines that boot over the network, and what their installation needs. */
export function anOkdDefinition(overrides: Partial<DefinitionInput> = {}): DefinitionInput {
  return {
    name: 'okd',
    type: 'OKD',
    version: '4.19.0',
    bootMethod: 'PXE',
    nodeGroups: [
      { name: 'bootstrap', role: 'BOOTSTRAP', count: 1 },
      { name: 'masters', role: 'CONTROL_PLANE', count: 3 },
    ],
    services: [aLoadBalancer()],
    ...overrides,
  };
}
