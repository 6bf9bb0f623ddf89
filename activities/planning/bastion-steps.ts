/** What a bastion is made into, as data: the way out of an isolated network, and the server that others boot from. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { GuestStep } from '../../domain/guest-step.js';
import type { MachineIdentity } from '../../domain/machine.js';
import { natStep } from '../../domain/network/nat.js';
import type { Plan } from '../../domain/plan.js';
import { foreignDhcpStep } from '../../domain/pxe/foreign-dhcp.js';
import { pxeServerStep } from '../../domain/pxe/pxe-steps.js';
import { PRIMARY_INTERFACE } from '../../domain/network/interface-names.js';
import { fail } from '../../domain/errors.js';
import { nameServerOf } from '../../domain/services/name-server.js';
import { platformOf } from '../../platforms/registry.js';
import { names } from './service-steps.js';

export interface BastionRequest {
  readonly definition: ClusterDefinition;
  readonly plan: Plan;
  readonly identities: readonly MachineIdentity[];
  readonly bootUrl: string | null;
}

export interface BastionSteps {
  /** Done before the bastion is used. */
  readonly prepare: readonly GuestStep[];
  /** Done once all that it serves is known. */
  readonly pxe: readonly GuestStep[];
}

/** @throws `INVALID_REQUEST` for what a configuration file cannot say, `BOOT_SERVICE_OFF` */
export function bastionSteps({ definition, plan, identities, bootUrl }: BastionRequest): BastionSteps {
  const { network, services, name: cluster } = definition;
  const prepare =
    network.egress === 'BASTION' ? [natStep({ subnet: network.cidr, podCidr: network.podCidr })] : [];
  const install = platformOf(definition.type).installHost?.(definition) ?? [];
  const bastion = plan.machines.find(({ role }) => role === 'BASTION');
  const service = services.find(({ type }) => type === 'PXE_BOOT');
  if (bastion === undefined || service?.type !== 'PXE_BOOT')
    return { prepare: [...prepare, ...install], pxe: [] };
  if (bootUrl === null) throw fail('BOOT_SERVICE_OFF', `service "${service.name}" has nothing to lead to`);

  const macs = new Map(identities.map(({ name, mac }) => [name, mac]));
  const booting = plan.machines.filter(({ boot }) => boot.method === 'PXE');
  const reservations = booting.map(({ name, network: { address } }) => ({
    mac: macs.get(name) ?? '',
    address,
    hostname: name,
  }));
  const servesDns = nameServerOf(definition)?.name === service.name;
  const { domain, records } = names({ definition, plan });
  const pxe = pxeServerStep({
    cluster,
    interface: PRIMARY_INTERFACE,
    subnet: network.cidr,
    serverAddress: bastion.network.address,
    gateway: network.egress === 'BASTION' ? bastion.network.address : network.gateway,
    // Machines are told by DHCP whom their own configuration names; a server of names asks those of the network.
    nameservers: servesDns ? network.nameservers : (booting[0]?.network.nameservers ?? network.nameservers),
    domain: servesDns ? domain : network.domain,
    bootUrl,
    reservations,
    dhcpRange: service.configuration.dhcpRange,
    dns: servesDns ? { records } : null,
  });
  // Two servers that answer the same machines would each be right half of the time.
  return { prepare: [...prepare, ...install], pxe: [foreignDhcpStep(PRIMARY_INTERFACE), pxe] };
}
