/** What services add to a cluster: machines of their own, and virtual addresses. */
import type {
  ClusterDefinition,
  NodeGroup,
  ServiceDependency,
  VirtualAddress,
} from '../cluster-definition.js';
import type { PublicSide, ServiceMachines } from './configuration.js';

/** Name of the interface that faces the clients of a dual-homed load balancer. */
export const PUBLIC_INTERFACE = 'public';

/** Name of the secret by which two load balancers know each other. */
export const PAIR_SECRET = 'load-balancer-pair';

const USER = 'clusterwright';
const CPU_TYPE = 'x86-64-v2-AES';

/** The definition with a node group for each service that has machines; one that has them already stays as it is. */
export function withServices(definition: ClusterDefinition): ClusterDefinition {
  const { services, nodeGroups, network } = definition;
  const has = (name: string): boolean => nodeGroups.some((group) => isGroupOf(group, name));
  const missing = services.filter(({ name }) => !has(name));
  const groups = missing.flatMap((service) => serviceGroup(service) ?? []);
  const addresses = missing.flatMap(virtualAddressesOf);
  if (groups.length + addresses.length === 0) return definition;
  return {
    ...definition,
    network: { ...network, virtualAddresses: [...network.virtualAddresses, ...addresses] },
    nodeGroups: [...nodeGroups, ...groups],
  };
}

function isGroupOf({ name, role }: NodeGroup, service: string): boolean {
  return role === 'SERVICE' && name === service;
}

/** The machines that a service asks for; `null`: it has none of its own. */
export function machinesOf(service: ServiceDependency): ServiceMachines | null {
  switch (service.type) {
    case 'LOAD_BALANCER':
    case 'DNS':
    case 'DHCP':
    case 'PXE_BOOT':
      return service.configuration.machines;
    case 'STORAGE':
    case 'MONITORING':
      return null;
  }
}

/** What has to be kept secret for the sake of services. */
export function secretsOfServices({ services }: Pick<ClusterDefinition, 'services'>): {
  readonly kind: 'random';
  readonly name: string;
  readonly bytes: number;
}[] {
  const hasPair = services.some(
    (service) => service.type === 'LOAD_BALANCER' && machinesOf(service)?.count === 2,
  );
  // VRRP takes eight characters.
  return hasPair ? [{ kind: 'random', name: PAIR_SECRET, bytes: 4 }] : [];
}

/** Names of its virtual addresses: in the cluster's network, and on the public side. */
export const virtualNames = {
  inside: (service: string): string => service,
  outside: (service: string): string => `${service}-public`,
};

function virtualAddressesOf(service: ServiceDependency): VirtualAddress[] {
  if (service.type !== 'LOAD_BALANCER') return [];
  const { kind, machines, publicSide, address } = service.configuration;
  const isPair = machines?.count === 2;
  const inside = { name: virtualNames.inside(service.name), address };
  if (kind === 'KUBE_VIP') return [inside];
  if (!isPair) return [];
  if (publicSide === null) return [inside];
  const outside = {
    name: virtualNames.outside(service.name),
    address: publicSide.address,
    on: { group: service.name, interface: PUBLIC_INTERFACE },
  };
  return [inside, outside];
}

function serviceGroup(service: ServiceDependency): NodeGroup | null {
  // Older definitions do not say it.
  const machines = machinesOf(service) ?? null;
  if (machines === null) return null;
  const { count, imageSource, imageChecksum, storage, cores, memoryMiB, diskGiB, targetNodes } = machines;
  return {
    name: service.name,
    role: 'SERVICE',
    count,
    template: {
      ...{ imageSource, imageChecksum, storage, cores, memoryMiB, diskGiB },
      cpuType: CPU_TYPE,
      cloudInit: { user: USER, packages: [], runCmd: [], sshAuthorizedKeys: [] },
    },
    // Two on one host would be lost together.
    placement: { targetNodes, preferredNodes: [], antiAffinity: count > 1 ? 'SOFT' : 'NONE' },
    boot: {
      method: 'TEMPLATE',
      configTemplate: null,
      delivery: 'MEDIUM',
      kernel: null,
      initrd: null,
      kernelArguments: [],
    },
    network: {
      bridge: null,
      privateVLAN: null,
      interfaces: service.type === 'LOAD_BALANCER' ? publicInterface(service.configuration.publicSide) : [],
      firewall: [],
    },
    tags: [],
    metadata: {},
    labels: {},
    taints: [],
    lifecycle: { temporary: false, cleanupAfterBoot: false },
  };
}

function publicInterface(side: PublicSide | null): NodeGroup['network']['interfaces'] {
  if (side === null) return [];
  const { bridge, vlan, cidr, ipRange, gateway } = side;
  return [{ name: PUBLIC_INTERFACE, bridge, privateVLAN: vlan, cidr, ipRange, gateway, mtu: null }];
}
