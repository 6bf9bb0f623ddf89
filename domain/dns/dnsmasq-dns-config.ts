/** The text of the file by which dnsmasq is the nameserver of one cluster's machines. */
import { listenLines } from '../dhcp/dnsmasq-dhcp-lines.js';
import {
  expect,
  expectAddress,
  expectClusterName,
  expectDomain,
  expectInterfaceName,
  expectNameserver,
} from '../network/expectations.js';
import { dnsLines } from './dnsmasq-dns-lines.js';
import { checkedRecords, type DnsRecord } from './dns-record.js';

export interface DnsServer {
  readonly cluster: string;
  /** The only interface that is answered on, such as `primary`: it is never an open resolver for others. */
  readonly interface: string;
  /** The server's own address on that interface. */
  readonly address: string;
  /** Names below it are known here or nowhere, such as `demo.lab.internal`. */
  readonly domain: string;
  /** Who is asked for all other names. */
  readonly nameservers: readonly string[];
  readonly records: readonly DnsRecord[];
}

/**
 * The same server with all texts in one spelling.
 * @throws `INVALID_REQUEST` also when it would ask itself, without end.
 */
export function checkedDnsServer(server: DnsServer): DnsServer {
  expectClusterName(server.cluster);
  expectInterfaceName(server.interface);
  expectDomain(server.domain);
  const address = expectAddress(server.address, 'the DNS server');
  const nameservers = server.nameservers.map(expectNameserver);
  expect(!nameservers.includes(address), `the nameserver ${address}`, 'another than the DNS server itself');
  return { ...server, address, nameservers, records: checkedRecords(server.records) };
}

/**
 * @returns the same text for the same server, however its records are ordered.
 * @throws `INVALID_REQUEST`
 */
export function dnsmasqDnsConfig(request: DnsServer): string {
  const server = checkedDnsServer(request);
  const lines = [
    `# Cluster ${server.cluster}: written by Clusterwright, and written again when it differs.`,
    ...listenLines(server.interface),
    // A name without a dot is nobody else's business.
    'domain-needed',
    ...dnsLines(server),
  ];
  return `${lines.join('\n')}\n`;
}
