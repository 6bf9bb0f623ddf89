/** What a PXE server answers for one cluster, and what may be said in it. */
import { checkedLeasedNetwork, type LeasedNetwork } from '../dhcp/leased-network.js';
import { checkedRecords, type DnsRecord } from '../dns/dns-record.js';
import { expect, ipv4Of } from '../network/expectations.js';

export interface PxeNetwork extends LeasedNetwork {
  /** The boot service, such as `http://10.1.107.2:8090`: machines get their script from `/ipxe/<mac>` below it. */
  readonly bootUrl: string;
  /** `null`: no DNS is served. Otherwise these names are, and all others are asked of {@link nameservers}. */
  readonly dns: { readonly records: readonly DnsRecord[] } | null;
}

const BOOT_URL = /^https?:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?(?:\/[A-Za-z0-9._~-]+)*$/;

/** What iPXE puts its MAC address into: `bc-24-11-00-00-01`. */
const SCRIPT_PATH = '/ipxe/${net0/mac:hexhyp}';
/** The field of a BOOTP answer holds 128 bytes and ends with a NUL. */
const MAX_BOOT_FILE_LENGTH = 127;

/**
 * The same network with all texts in one spelling, in an order that does not depend on how it was put together.
 * @throws `INVALID_REQUEST`
 */
export function checkedPxeNetwork(network: PxeNetwork): PxeNetwork {
  const { dns } = network;
  return {
    ...checkedLeasedNetwork(network, 'PXE'),
    bootUrl: bootUrl(network.bootUrl),
    dns: dns === null ? null : { records: ipv4Records(dns.records) },
  };
}

/** Where an iPXE client gets its script. */
export function scriptUrl({ bootUrl: base }: PxeNetwork): string {
  return `${base}${SCRIPT_PATH}`;
}

function ipv4Records(records: readonly DnsRecord[]): readonly DnsRecord[] {
  for (const { name, address } of records) ipv4Of(address, name);
  return checkedRecords(records);
}

function bootUrl(text: string): string {
  const url = text.replace(/\/$/, '');
  expect(BOOT_URL.test(url), `"${text}"`, 'the URL of the boot service, such as "http://10.1.107.2:8090"');
  const length = `${url}${SCRIPT_PATH}`.length;
  const most = MAX_BOOT_FILE_LENGTH - SCRIPT_PATH.length;
  expect(length <= MAX_BOOT_FILE_LENGTH, `the boot service's URL "${text}"`, `at most ${most} characters`);
  return url;
}
