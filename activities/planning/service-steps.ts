/** What the machines of services are made into, as data. */
import type { ServiceDependency, TypedService } from '../../domain/cluster-definition.js';
import { dhcpServerSteps } from '../../domain/dhcp/dhcp-steps.js';
import { dnsServerSteps } from '../../domain/dns/dns-steps.js';
import { fail } from '../../domain/errors.js';
import type { GuestStep } from '../../domain/guest-step.js';
import { loadBalancerSteps } from '../../domain/load-balancer/load-balancer-steps.js';
import type { BalancerSide, LoadBalancer } from '../../domain/load-balancer/load-balancer.js';
import { PRIMARY_INTERFACE } from '../../domain/network/interface-names.js';
import { natStep } from '../../domain/network/nat.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { isNode } from '../../domain/plan-steps.js';
import { leadsOut } from '../../domain/planning/egress.js';
import { foreignDhcpStep } from '../../domain/pxe/foreign-dhcp.js';
import { PAIR_SECRET, PUBLIC_INTERFACE, virtualNames } from '../../domain/services/service-groups.js';
import { isInstallHost } from '../../platforms/install-host.js';
import { platformOf } from '../../platforms/registry.js';
import { leasedNetwork, pxeSteps, type AddressServer } from './address-server.js';
import { clusterNames } from './cluster-names.js';
import type { ServiceRequest } from './service-request.js';

/** By name of the machine. */
export type ServiceSteps = Readonly<Record<string, readonly GuestStep[]>>;

/** @throws `INVALID_REQUEST` for what a configuration file cannot say, `BOOT_SERVICE_OFF` */
export function serviceSteps(request: ServiceRequest): ServiceSteps {
  const { definition, plan } = request;
  const serving = plan.machines.filter(({ role }) => role === 'SERVICE');
  return Object.fromEntries(
    serving.map((machine) => {
      const service = definition.services.find(({ name }) => name === machine.group);
      const { cidr, podCidr } = definition.network;
      const isWayOut = leadsOut(definition, { role: machine.role, name: machine.group });
      const nat = isWayOut ? [natStep({ subnet: cidr, podCidr })] : [];
      return [machine.name, service === undefined ? nat : [...nat, ...stepsOf(service, machine, request)]];
    }),
  );
}

function stepsOf(service: ServiceDependency, machine: PlannedMachine, request: ServiceRequest): GuestStep[] {
  switch (service.type) {
    case 'LOAD_BALANCER':
      return loadBalancerSteps(loadBalancer(service, request), machine.name);
    case 'DNS':
      return dnsServerSteps({ ...common(machine, request), ...clusterNames(request) });
    case 'DHCP': {
      const { dhcpRange } = service.configuration;
      const network = leasedNetwork(leases(machine, request), request);
      const told = { ...network, ...clusterNames(request), dhcpRange, ntpServers: [] };
      return [foreignDhcpStep(PRIMARY_INTERFACE), dhcpServerSteps(told)].flat();
    }
    case 'PXE_BOOT':
      return [
        ...pxeSteps(
          service,
          { ...leases(machine, request), foreignDomain: clusterNames(request).domain },
          request,
        ),
        ...installHostSteps(machine, request),
      ];
    case 'STORAGE':
    case 'MONITORING':
      return [];
  }
}

/** What is forwarded by the machines of the service, and to whom. */
export function loadBalancer(
  { name, configuration }: TypedService<'LOAD_BALANCER'>,
  { definition, plan }: ServiceRequest,
): LoadBalancer {
  const balancers = plan.machines.filter(({ group, role }) => role === 'SERVICE' && group === name);
  const virtual = (wanted: string): string | undefined =>
    plan.virtualAddresses.find((candidate) => candidate.name === wanted)?.address;
  const first = balancers[0];
  if (first === undefined) throw fail('INTERNAL', `${name} has no machines`);
  const publicOf = ({ interfaces }: PlannedMachine) =>
    interfaces.find((one) => one.name === PUBLIC_INTERFACE);
  const outside = publicOf(first);
  const publicSide: BalancerSide | null =
    outside === undefined
      ? null
      : {
          interface: PUBLIC_INTERFACE,
          address: virtual(virtualNames.outside(name)) ?? outside.address ?? '',
          prefixLength: outside.prefixLength ?? 0,
        };
  return {
    cluster: definition.name,
    services: configuration.services,
    ports: platformOf(definition.type).balanced,
    machines: plan.machines
      .filter((machine) => isNode(machine) || machine.role === 'BOOTSTRAP')
      .map(({ name: machine, role, network }) => ({ name: machine, role, address: network.address })),
    balancers: balancers.map((machine) => ({
      name: machine.name,
      privateAddress: machine.network.address,
      publicAddress: publicOf(machine)?.address ?? null,
    })),
    privateSide: {
      interface: PRIMARY_INTERFACE,
      address: virtual(virtualNames.inside(name)) ?? first.network.address,
      prefixLength: first.network.prefixLength,
    },
    publicSide,
    memoryMiB: first.memoryMiB,
    pairSecret: balancers.length > 1 ? PAIR_SECRET : null,
  };
}

function common(machine: PlannedMachine, { definition }: ServiceRequest) {
  return {
    cluster: definition.name,
    interface: PRIMARY_INTERFACE,
    address: machine.network.address,
    nameservers: definition.network.nameservers,
  };
}

function leases(machine: PlannedMachine, { plan }: ServiceRequest): AddressServer {
  const served = plan.machines.filter(({ role }) => role !== 'SERVICE' && role !== 'BASTION');
  // As the machines' own configuration would say it.
  return { machine, served, gateway: served[0]?.network.gateway ?? null };
}

/** A bastion does it instead, where there is one. */
function installHostSteps(machine: PlannedMachine, { definition }: ServiceRequest): readonly GuestStep[] {
  if (!isInstallHost(definition, machine)) return [];
  return platformOf(definition.type).installHost?.(definition) ?? [];
}
