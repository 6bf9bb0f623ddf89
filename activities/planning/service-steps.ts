/** What the machines of services are made into, as data. */
import type { ClusterDefinition, ServiceDependency, TypedService } from '../../domain/cluster-definition.js';
import { dhcpServerSteps } from '../../domain/dhcp/dhcp-steps.js';
import type { Reservation } from '../../domain/dhcp/reservation.js';
import { clusterDomain } from '../../domain/dns/cluster-names.js';
import { clusterRecords } from '../../domain/dns/cluster-records.js';
import type { DnsRecord } from '../../domain/dns/dns-record.js';
import { dnsServerSteps } from '../../domain/dns/dns-steps.js';
import { fail } from '../../domain/errors.js';
import type { GuestStep } from '../../domain/guest-step.js';
import { loadBalancerSteps } from '../../domain/load-balancer/load-balancer-steps.js';
import type { BalancerSide, LoadBalancer } from '../../domain/load-balancer/load-balancer.js';
import type { MachineIdentity } from '../../domain/machine.js';
import { PRIMARY_INTERFACE } from '../../domain/network/interface-names.js';
import { natStep } from '../../domain/network/nat.js';
import type { Plan, PlannedMachine } from '../../domain/plan.js';
import { isNode } from '../../domain/plan-steps.js';
import { leadsOut } from '../../domain/planning/egress.js';
import { foreignDhcpStep } from '../../domain/pxe/foreign-dhcp.js';
import { pxeServerStep } from '../../domain/pxe/pxe-steps.js';
import { apiEndpoint } from '../../domain/services/api-endpoint.js';
import { nameServerOf } from '../../domain/services/name-server.js';
import { PAIR_SECRET, PUBLIC_INTERFACE, virtualNames } from '../../domain/services/service-groups.js';
import { isInstallHost } from '../../platforms/okd/install-host.js';
import { platformOf } from '../../platforms/registry.js';

export interface ServiceRequest {
  readonly definition: ClusterDefinition;
  readonly plan: Plan;
  readonly identities: readonly MachineIdentity[];
  readonly bootUrl: string | null;
}

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
      return dnsServerSteps({ ...common(machine, request), ...names(request) });
    case 'DHCP': {
      const { dhcpRange } = service.configuration;
      const network = { ...networkOf(machine, request), ...names(request), dhcpRange, ntpServers: [] };
      return [foreignDhcpStep(PRIMARY_INTERFACE), dhcpServerSteps(network)].flat();
    }
    case 'PXE_BOOT':
      return [...pxeSteps(service, machine, request), ...installHostSteps(machine, request)];
    case 'STORAGE':
    case 'MONITORING':
      return [];
  }
}

function loadBalancer(
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

function networkOf(machine: PlannedMachine, { definition, plan, identities }: ServiceRequest) {
  const macs = new Map(identities.map(({ name, mac }) => [name, mac]));
  const nodes = plan.machines.filter(({ role }) => role !== 'SERVICE' && role !== 'BASTION');
  const reservations: Reservation[] = nodes.map(({ name, network: { address } }) => ({
    mac: macs.get(name) ?? '',
    address,
    hostname: name,
  }));
  const [node] = nodes;
  return {
    cluster: definition.name,
    interface: PRIMARY_INTERFACE,
    subnet: definition.network.cidr,
    serverAddress: machine.network.address,
    // As the machines' own configuration would say it.
    gateway: node?.network.gateway ?? null,
    nameservers: node?.network.nameservers ?? definition.network.nameservers,
    reservations,
  };
}

/** A bastion does it instead, where there is one. */
function installHostSteps(machine: PlannedMachine, { definition }: ServiceRequest): readonly GuestStep[] {
  if (!isInstallHost(definition, machine)) return [];
  return platformOf(definition.type).installHost?.(definition) ?? [];
}

function pxeSteps(
  { name, configuration }: TypedService<'PXE_BOOT'>,
  machine: PlannedMachine,
  request: ServiceRequest,
): GuestStep[] {
  const { definition, bootUrl } = request;
  if (bootUrl === null) throw fail('BOOT_SERVICE_OFF', `service "${name}" has nothing to lead to`);
  const servesDns = nameServerOf(definition)?.name === name;
  const { domain, records } = names(request);
  const step = pxeServerStep({
    ...networkOf(machine, request),
    // It asks them, and the machines ask it.
    ...(servesDns ? { nameservers: definition.network.nameservers } : {}),
    domain,
    bootUrl,
    dhcpRange: configuration.dhcpRange,
    dns: servesDns ? { records } : null,
  });
  // Two servers that answer the same machines would each be right half of the time.
  return [foreignDhcpStep(PRIMARY_INTERFACE), step];
}

/** The cluster's names as its own machines are told them. */
export function names({ definition, plan }: Pick<ServiceRequest, 'definition' | 'plan'>): {
  readonly domain: string;
  readonly records: readonly DnsRecord[];
} {
  const { name: cluster, network, services } = definition;
  const { address } = apiEndpoint(definition, plan);
  const balancer = services.find(({ type }) => type === 'LOAD_BALANCER');
  const forwardsIngress =
    balancer?.type === 'LOAD_BALANCER' && balancer.configuration.services.includes('ingress');
  const records = clusterRecords({
    cluster,
    domain: network.domain,
    api: address,
    apiInternal: address,
    ingress: forwardsIngress ? address : null,
    nodes: plan.machines
      .filter((machine) => isNode(machine) || machine.role === 'BOOTSTRAP')
      .map((machine) => ({ name: machine.name, address: machine.network.address })),
  });
  return { domain: clusterDomain({ cluster, domain: network.domain }), records };
}
