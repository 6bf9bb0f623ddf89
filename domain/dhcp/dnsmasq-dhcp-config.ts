/** The text of the file by which dnsmasq gives the machines of one cluster their addresses, each its own. */
import { checkedDhcpNetwork, type DhcpNetwork } from './dhcp-network.js';
import { ipv4Only, listenLines, optionLine, reservationLines, section } from './dnsmasq-dhcp-lines.js';

/**
 * Two servers with the same file do not disturb each other: both give each machine the same address.
 * @returns the same text for the same network, however its reservations are ordered.
 * @throws `INVALID_REQUEST`
 */
export function dnsmasqDhcpConfig(request: DhcpNetwork): string {
  const network = checkedDhcpNetwork(request);
  const { cluster, gateway, ntpServers } = network;
  const lines = [
    `# Cluster ${cluster}: written by Clusterwright, and written again when it differs.`,
    '',
    '# No DNS.',
    'port=0',
    ...listenLines(network.interface),
    ...reservationLines(cluster, network),
    ...section('What to tell them', [
      optionLine(cluster, 'router', gateway === null ? [] : [gateway]),
      optionLine(cluster, 'dns-server', ipv4Only(network.nameservers)),
      optionLine(cluster, 'domain-name', [network.domain]),
      ...(ntpServers.length === 0 ? [] : [optionLine(cluster, 'ntp-server', ntpServers)]),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
