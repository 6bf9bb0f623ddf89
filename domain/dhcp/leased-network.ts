/** What a server that gives out addresses says of the network, and what may be said in it: the same for DHCP and PXE. */
import {
  expectClusterName,
  expectDomain,
  expectInterfaceName,
  expectNameserver,
  hostIn,
  ipv4SubnetOf,
} from '../network/expectations.js';
import { checkedReservations, type Reservation } from './reservation.js';

export interface LeasedNetwork {
  readonly cluster: string;
  /** The server's interface in the machines' network, such as `primary`. */
  readonly interface: string;
  /** IPv4, such as `10.1.107.0/24`. */
  readonly subnet: string;
  /** The server's own address on that interface. */
  readonly serverAddress: string;
  readonly gateway: string | null;
  /** Those that have an IPv6 address are not told to the machines: DHCP for IPv4 cannot. */
  readonly nameservers: readonly string[];
  readonly domain: string;
  readonly reservations: readonly Reservation[];
  /** What reservations must lie in, such as `10.1.107.100-150`; `null`: the whole subnet. */
  readonly dhcpRange: string | null;
}

/**
 * The same network with all texts in one spelling, in an order that does not depend on how it was put together.
 * @param service for the errors.
 * @throws `INVALID_REQUEST`
 */
export function checkedLeasedNetwork<N extends LeasedNetwork>(network: N, service: 'DHCP' | 'PXE'): N {
  expectClusterName(network.cluster);
  expectInterfaceName(network.interface);
  expectDomain(network.domain);
  const { gateway, dhcpRange: range } = network;
  const subnet = ipv4SubnetOf(network.subnet, service);
  const server = hostIn(subnet, network.serverAddress, { whose: `the ${service} server`, service });
  return {
    ...network,
    serverAddress: server,
    gateway: gateway === null ? null : hostIn(subnet, gateway, { whose: 'the gateway', service }),
    nameservers: network.nameservers.map(expectNameserver),
    reservations: checkedReservations(network.reservations, { service, subnet, server, range }),
  };
}
