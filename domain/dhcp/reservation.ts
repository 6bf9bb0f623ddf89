/** Which machine gets which address: the same whether a DHCP or a PXE server gives it. */
import { fail } from '../errors.js';
import type { Cidr } from '../network/cidr.js';
import { expect, expectUnique, hostIn, ipv4Of, isHostName } from '../network/expectations.js';
import { parseRange, rangeContains } from '../network/range.js';

export interface Reservation {
  /** Such as `BC:24:11:00:00:01`, in either case. */
  readonly mac: string;
  readonly address: string;
  readonly hostname: string;
}

export interface ReservationRules {
  /** What gives the addresses, for the errors: `PXE`, `DHCP`. */
  readonly service: string;
  readonly subnet: Cidr;
  /** The server's own address. */
  readonly server: string;
  /** What reservations must lie in, such as `10.1.107.100-150`; `null`: the whole subnet. */
  readonly range: string | null;
}

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;

/**
 * The reservations in one spelling, ordered by name.
 * @throws `INVALID_REQUEST`
 */
export function checkedReservations(
  reservations: readonly Reservation[],
  { service, subnet, server, range: rangeText }: ReservationRules,
): readonly Reservation[] {
  const range = rangeText === null ? undefined : parseRange(rangeText);
  if (typeof range === 'string') {
    throw fail('INVALID_REQUEST', `the range "${rangeText}" for ${service} ${range}`);
  }
  const all = reservations.map((each) => {
    const mac = each.mac.toLowerCase();
    const isGroup = (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
    expect(MAC.test(mac) && !isGroup, `"${each.mac}"`, 'the MAC address of one interface');
    expect(isHostName(each.hostname), `"${each.hostname}"`, 'a host name in lower case');
    const address = hostIn(subnet, each.address, { whose: each.hostname, service });
    const what = `the address ${address} of ${each.hostname}`;
    expect(address !== server, what, `another than the ${service} server's`);
    const isInRange = range === undefined || rangeContains(range, ipv4Of(address, each.hostname));
    expect(isInRange, what, `in ${rangeText}`);
    return { mac, address, hostname: each.hostname };
  });
  // dnsmasq refuses one address for two hosts, and takes one of two for one MAC address without a word.
  const where = `a ${service} configuration`;
  expectUnique(
    all.map(({ mac }) => mac),
    where,
  );
  expectUnique(
    all.map(({ address }) => address),
    where,
  );
  expectUnique(
    all.map(({ hostname }) => hostname),
    where,
  );
  return all.sort((a, b) => (a.hostname < b.hostname ? -1 : 1));
}
