/** Services with all defaults resolved, for tests that change one thing. */
import type { ServiceType, TypedService } from '../../domain/cluster-definition.js';
import type { ServiceMachines } from '../../domain/services/configuration.js';

export const SERVICE_MACHINES: ServiceMachines = {
  count: 1,
  imageSource: 'ceph-vm:9002/ubuntu-24.04-template',
  imageChecksum: null,
  storage: null,
  cores: 1,
  memoryMiB: 1024,
  diskGiB: 20,
  targetNodes: [],
};

export const PAIR: ServiceMachines = { ...SERVICE_MACHINES, count: 2 };

type Change<T extends ServiceType> = Partial<Omit<TypedService<T>, 'configuration'>> & {
  readonly configuration?: Partial<TypedService<T>['configuration']>;
};

const COMMON = { dependsOn: [], required: true, startupOrder: 1 } as const;

export function aLoadBalancer(change: Change<'LOAD_BALANCER'> = {}): TypedService<'LOAD_BALANCER'> {
  return {
    name: 'lb',
    type: 'LOAD_BALANCER',
    ...COMMON,
    ...change,
    configuration: {
      kind: 'HAPROXY',
      machines: SERVICE_MACHINES,
      publicSide: null,
      services: ['api'],
      address: null,
      ...change.configuration,
    },
  };
}

export function aDnsService(change: Change<'DNS'> = {}): TypedService<'DNS'> {
  return {
    name: 'dns',
    type: 'DNS',
    ...COMMON,
    ...change,
    configuration: { kind: 'DNSMASQ', machines: SERVICE_MACHINES, server: null, ...change.configuration },
  };
}

export function aPxeService(change: Change<'PXE_BOOT'> = {}): TypedService<'PXE_BOOT'> {
  return {
    name: 'pxe',
    type: 'PXE_BOOT',
    ...COMMON,
    ...change,
    configuration: {
      machines: SERVICE_MACHINES,
      dhcpRange: null,
      staticAssignments: true,
      ...change.configuration,
    },
  };
}

export function aStorageService(change: Change<'STORAGE'> = {}): TypedService<'STORAGE'> {
  return {
    name: 'fast',
    type: 'STORAGE',
    ...COMMON,
    startupOrder: 4,
    ...change,
    configuration: {
      ...{ kind: 'PROXMOX_CSI', storageClass: 'fast', server: null, path: null },
      ...{ proxmoxStorage: 'ceph-vm', token: 'proxmox-csi' },
      ...change.configuration,
    },
  };
}

export function aMonitoringService(change: Change<'MONITORING'> = {}): TypedService<'MONITORING'> {
  return {
    name: 'monitoring',
    type: 'MONITORING',
    ...COMMON,
    startupOrder: 4,
    ...change,
    configuration: {
      ...{ namespace: 'monitoring', nodeExporterPort: 9100, kubeStateMetricsPort: 30_910 },
      ...change.configuration,
    },
  };
}
