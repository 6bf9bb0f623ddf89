/** What is done on a machine so that it gives a cluster's machines their addresses, and each time one comes or goes. */
import type { GuestStep } from '../guest-step.js';
import { dnsmasqStep } from '../services/dnsmasq-step.js';
import { checkedDhcpNetwork, type DhcpNetwork } from './dhcp-network.js';
import { dnsmasqDhcpConfig } from './dnsmasq-dhcp-config.js';

/** @throws `INVALID_REQUEST` */
export function dhcpServerSteps(request: DhcpNetwork): GuestStep[] {
  const network = checkedDhcpNetwork(request);
  const { cluster, interface: device, serverAddress: address } = network;
  return [
    dnsmasqStep({
      service: 'dhcp',
      title: `Serve DHCP for ${cluster} on ${device}`,
      cluster,
      interface: device,
      address,
      content: dnsmasqDhcpConfig(network),
      // It opens the port for all addresses, and drops what comes by another interface.
      isServing: [
        {
          test: "ss -Hlun | grep -qE ' 0\\.0\\.0\\.0(%[^ ]+)?:67 '",
          otherwise: 'nothing listens on port 67',
        },
      ],
    }),
  ];
}
