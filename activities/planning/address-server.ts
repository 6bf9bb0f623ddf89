/** What a machine of the cluster that gives the others their addresses is told of the network, be it a bastion or a service's. */
import type { TypedService } from '../../domain/cluster-definition.js';
import { fail } from '../../domain/errors.js';
import type { GuestStep } from '../../domain/guest-step.js';
import { PRIMARY_INTERFACE } from '../../domain/network/interface-names.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { foreignDhcpStep } from '../../domain/pxe/foreign-dhcp.js';
import { pxeServerStep } from '../../domain/pxe/pxe-steps.js';
import { nameServerOf } from '../../domain/services/name-server.js';
import { clusterNames } from './cluster-names.js';
import type { ServiceRequest } from './service-request.js';

export interface AddressServer {
  readonly machine: PlannedMachine;
  readonly served: readonly PlannedMachine[];
  readonly gateway: string | null;
}

/** What DHCP says, whichever server says it. */
export function leasedNetwork(
  { machine, served, gateway }: AddressServer,
  { definition, identities }: ServiceRequest,
) {
  const { name: cluster, network } = definition;
  const macs = new Map(identities.map(({ name, mac }) => [name, mac]));
  return {
    cluster,
    interface: PRIMARY_INTERFACE,
    subnet: network.cidr,
    serverAddress: machine.network.address,
    gateway,
    // As the machines' own configuration would say it.
    nameservers: served[0]?.network.nameservers ?? network.nameservers,
    reservations: served.map(({ name, network: { address } }) => ({
      mac: macs.get(name) ?? '',
      address,
      hostname: name,
    })),
  };
}

/**
 * @param foreignDomain of the machines, where others answer for their names.
 * @throws `INVALID_REQUEST` for what a configuration file cannot say, `BOOT_SERVICE_OFF`
 */
export function pxeSteps(
  { name, configuration }: TypedService<'PXE_BOOT'>,
  server: AddressServer & { readonly foreignDomain: string },
  request: ServiceRequest,
): GuestStep[] {
  const { definition, bootUrl } = request;
  if (bootUrl === null) throw fail('BOOT_SERVICE_OFF', `service "${name}" has nothing to lead to`);
  const network = { ...leasedNetwork(server, request), bootUrl, dhcpRange: configuration.dhcpRange };
  const { domain, records } = clusterNames(request);
  const step = pxeServerStep(
    nameServerOf(definition)?.name === name
      ? // It asks them, and the machines ask it.
        { ...network, nameservers: definition.network.nameservers, domain, dns: { records } }
      : { ...network, domain: server.foreignDomain, dns: null },
  );
  // Two servers that answer the same machines would each be right half of the time.
  return [foreignDhcpStep(PRIMARY_INTERFACE), step];
}
