/** Which service of a cluster answers for the cluster's own names. */
import type { ClusterDefinition, MachineRole, ServiceDependency } from '../cluster-definition.js';
import type { DnsConfiguration } from './configuration.js';
import { machinesOf } from './service-groups.js';

/** Those that have to be there before it ask the nameservers of the network. */
export function asksNameServer(role: MachineRole): boolean {
  return role !== 'SERVICE' && role !== 'BASTION';
}

/**
 * The DNS service where it has machines. OKD cannot do without its names: where nobody else has them, its PXE server
 * answers for them, be it a machine of its own or the bastion.
 */
export function nameServerOf({ type, services }: ClusterDefinition): ServiceDependency | undefined {
  const dns = services.find((service) => service.type === 'DNS');
  if (dns !== undefined) return hasMachines(dns) ? dns : undefined;
  return type === 'OKD' ? services.find((service) => service.type === 'PXE_BOOT') : undefined;
}

/** Whether the machines of a group answer for the names of the service. */
export function answersFor(
  service: ServiceDependency,
  { role, group }: { readonly role: MachineRole; readonly group: string },
): boolean {
  return hasMachines(service) ? role === 'SERVICE' && group === service.name : role === 'BASTION';
}

/** Whom machines ask. Behind a nameserver that the cluster may have to do without stand those of the network. */
export function nameserversOf(
  { network }: Pick<ClusterDefinition, 'network'>,
  { required }: ServiceDependency,
  address: string,
): readonly string[] {
  return required ? [address] : [address, ...network.nameservers];
}

function hasMachines(service: ServiceDependency): boolean {
  return (machinesOf(service) ?? null) !== null;
}

/** The server that was there before, and takes the records of a DNS service; `null`: the service is not of that kind. */
export function recordsServerOf(service: ServiceDependency): DnsConfiguration['server'] {
  return service.type === 'DNS' ? service.configuration.server : null;
}

/** Whether records of the cluster stand in a server that outlives it. */
export function hasRecords({ services }: Pick<ClusterDefinition, 'services'>): boolean {
  return services.some((service) => recordsServerOf(service) !== null);
}
