/** What a bastion is made into, as data: the way out of an isolated network, and the server that others boot from. */
import type { GuestStep } from '../../domain/guest-step.js';
import { natStep } from '../../domain/network/nat.js';
import { platformOf } from '../../platforms/registry.js';
import { pxeSteps } from './address-server.js';
import type { ServiceRequest } from './service-request.js';

export interface BastionSteps {
  /** Done before the bastion is used. */
  readonly prepare: readonly GuestStep[];
  /** Done once all that it serves is known. */
  readonly pxe: readonly GuestStep[];
}

/** @throws `INVALID_REQUEST` for what a configuration file cannot say, `BOOT_SERVICE_OFF` */
export function bastionSteps(request: ServiceRequest): BastionSteps {
  const { definition, plan } = request;
  const { network, services } = definition;
  const nat =
    network.egress === 'BASTION' ? [natStep({ subnet: network.cidr, podCidr: network.podCidr })] : [];
  const prepare = [...nat, ...(platformOf(definition.type).installHost?.(definition) ?? [])];
  const machine = plan.machines.find(({ role }) => role === 'BASTION');
  const service = services.find(({ type }) => type === 'PXE_BOOT');
  if (machine === undefined || service?.type !== 'PXE_BOOT') return { prepare, pxe: [] };
  const server = {
    machine,
    served: plan.machines.filter(({ boot }) => boot.method === 'PXE'),
    gateway: network.egress === 'BASTION' ? machine.network.address : network.gateway,
    foreignDomain: network.domain,
  };
  return { prepare, pxe: pxeSteps(service, server, request) };
}
