/** A name and the address that it stands for: an `A` or `AAAA` record, and where a server makes them, a `PTR`. */
import { expect, expectAddress, expectUnique, isDomainName } from '../network/expectations.js';

export interface DnsRecord {
  /** Full name, such as `api.demo.cluster.internal`; `*.apps.demo.cluster.internal` stands for all names below. */
  readonly name: string;
  readonly address: string;
}

const WILDCARD = '*.';

/** The domain that a wildcard stands for the names of; `null` for a plain name. */
export function wildcardDomain({ name }: DnsRecord): string | null {
  return name.startsWith(WILDCARD) ? name.slice(WILDCARD.length) : null;
}

/**
 * The records with their addresses in canonical text, ordered by name and address.
 * @throws `INVALID_REQUEST`
 */
export function checkedRecords(records: readonly DnsRecord[]): readonly DnsRecord[] {
  const checked = records.map((record) => {
    const { name, address } = record;
    expect(isDomainName(wildcardDomain(record) ?? name), `"${name}"`, 'a full DNS name in lower case');
    return { name, address: expectAddress(address, name) };
  });
  expectUnique(
    checked.map(({ name, address }) => `${name} at ${address}`),
    'a DNS configuration',
  );
  const keyOf = ({ name, address }: DnsRecord): string => `${name} ${address}`;
  return checked.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
