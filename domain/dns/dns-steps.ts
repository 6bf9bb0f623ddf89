/** What is done on a machine so that it is the nameserver of a cluster, and each time a name changes. */
import type { GuestStep } from '../guest-step.js';
import { dnsmasqStep } from '../services/dnsmasq-step.js';
import { checkedDnsServer, type DnsServer, dnsmasqDnsConfig } from './dnsmasq-dns-config.js';

/** @throws `INVALID_REQUEST` */
export function dnsServerSteps(request: DnsServer): GuestStep[] {
  const server = checkedDnsServer(request);
  const { cluster, address } = server;
  const listener = `${address.includes(':') ? `[${address}]` : address}:53`;
  return [
    dnsmasqStep({
      service: 'dns',
      title: `Serve DNS for ${cluster} on ${server.interface}`,
      cluster,
      interface: server.interface,
      address,
      content: dnsmasqDnsConfig(server),
      isServing: [
        {
          test: `ss -Hlun | grep -qF ' ${listener} '`,
          otherwise: `nothing listens on ${listener}`,
        },
      ],
    }),
  ];
}
