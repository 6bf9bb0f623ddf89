/** What a DHCP server gives the machines of one cluster, and what may be said in it. */
import { formatAddress } from '../network/address.js';
import { ipv4Of } from '../network/expectations.js';
import { checkedLeasedNetwork, type LeasedNetwork } from './leased-network.js';

export interface DhcpNetwork extends LeasedNetwork {
  readonly ntpServers: readonly string[];
}

/**
 * The same network with all texts in one spelling, in an order that does not depend on how it was put together.
 * @throws `INVALID_REQUEST`
 */
export function checkedDhcpNetwork(network: DhcpNetwork): DhcpNetwork {
  return {
    ...checkedLeasedNetwork(network, 'DHCP'),
    ntpServers: network.ntpServers.map((text) => formatAddress(ipv4Of(text, 'an NTP server'))),
  };
}
