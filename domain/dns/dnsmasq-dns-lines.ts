/** The lines by which dnsmasq answers for the names of a cluster, and asks others for all other names. */
import { type DnsRecord, wildcardDomain } from './dns-record.js';

/** A line of a file that serves DNS; which of them do is read off it. */
export const DNS_MARK = '# DNS: on';

export interface DnsLines {
  /** Names below it are known here or nowhere: nobody else is asked for them. */
  readonly domain: string;
  /** Who is asked for all other names. */
  readonly nameservers: readonly string[];
  /** Each that is no wildcard makes a reverse record, too. */
  readonly records: readonly DnsRecord[];
}

/** All texts must have been held against their grammars. */
export function dnsLines({ domain, nameservers, records }: DnsLines): string[] {
  return [
    '',
    DNS_MARK,
    'no-resolv',
    'no-hosts',
    `local=/${domain}/`,
    ...nameservers.map((address) => `server=${address}`),
    ...records.map(recordLine),
  ];
}

function recordLine(record: DnsRecord): string {
  const below = wildcardDomain(record);
  return below === null
    ? `host-record=${record.name},${record.address}`
    : `address=/${below}/${record.address}`;
}
