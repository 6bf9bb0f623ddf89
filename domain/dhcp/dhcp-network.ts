/** What a DHCP server gives the machines of one cluster, and what may be said in it. */
import {
  expectClusterName,
  expectDomain,
  expectInterfaceName,
  expectNameserver,
  hostIn,
  ipv4Of,
  ipv4SubnetOf,
} from '../network/expectations.js';
import { formatAddress } from '../network/address.js';
import { checkedReservations, type Reservation } from './reservation.js';

export interface DhcpNetwork {
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
  readonly ntpServers: readonly string[];
  readonly domain: string;
  readonly reservations: readonly Reservation[];
  /** What reservations must lie in, such as `10.1.107.100-150`; `null`: the whole subnet. */
  readonly dhcpRange: string | null;
}

const SERVICE = 'DHCP';

/**
 * The same network with all texts in one spelling, in an order that does not depend on how it was put together.
 * @throws `INVALID_REQUEST`
 */
export function checkedDhcpNetwork(network: DhcpNetwork): DhcpNetwork {
  expectClusterName(network.cluster);
  expectInterfaceName(network.interface);
  expectDomain(network.domain);
  const { gateway, dhcpRange: range } = network;
  const subnet = ipv4SubnetOf(network.subnet, SERVICE);
  const server = hostIn(subnet, network.serverAddress, { whose: 'the DHCP server', service: SERVICE });
  return {
    ...network,
    serverAddress: server,
    gateway: gateway === null ? null : hostIn(subnet, gateway, { whose: 'the gateway', service: SERVICE }),
    nameservers: network.nameservers.map(expectNameserver),
    ntpServers: network.ntpServers.map((text) => formatAddress(ipv4Of(text, 'an NTP server'))),
    reservations: checkedReservations(network.reservations, { service: SERVICE, subnet, server, range }),
  };
}
