/** Subnets in CIDR notation, and how they lie to one another. */
import {
  type Address,
  ADDRESS_BITS,
  type AddressFamily,
  compareAddresses,
  formatAddress,
  parseAddress,
} from './address.js';
import { type AddressRange, rangeContains } from './range.js';

export interface Cidr {
  readonly family: AddressFamily;
  /** The network address: all host bits are zero. */
  readonly base: bigint;
  readonly prefixLength: number;
}

/**
 * Reads `10.1.107.0/24`.
 * @returns the subnet, or why the text is none; a set host bit is refused, as it is a typing error more often than not.
 */
export function parseCidr(text: string): Cidr | string {
  const [addressText = '', prefixText = '', ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (address === undefined || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(prefixText)) {
    return 'must be a subnet in CIDR notation, such as "10.1.107.0/24"';
  }
  const bits = ADDRESS_BITS[address.family];
  const prefixLength = Number(prefixText);
  if (prefixLength > bits) return `has a prefix of ${prefixLength} bits; IPv${address.family} has ${bits}`;

  const hostBits = BigInt(bits - prefixLength);
  const base = (address.value >> hostBits) << hostBits;
  const cidr: Cidr = { family: address.family, base, prefixLength };
  return base === address.value ? cidr : `has host bits set; the subnet is "${formatCidr(cidr)}"`;
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress({ family: cidr.family, value: cidr.base })}/${cidr.prefixLength}`;
}

/** All addresses of the subnet, the network and broadcast address among them. */
export function cidrRange(cidr: Cidr): AddressRange {
  const size = 1n << BigInt(ADDRESS_BITS[cidr.family] - cidr.prefixLength);
  return { family: cidr.family, first: cidr.base, last: cidr.base + size - 1n };
}

/**
 * The addresses that machines may have. IPv4 keeps the first (network) and last (broadcast) one back, but not in a /31
 * or /32 (RFC 3021); IPv6 keeps the first one back (subnet-router anycast, RFC 4291), but not in a /127 or /128 (RFC 6164).
 */
export function usableRange(cidr: Cidr): AddressRange {
  const whole = cidrRange(cidr);
  if (ADDRESS_BITS[cidr.family] - cidr.prefixLength < 2) return whole;
  return { ...whole, first: whole.first + 1n, last: cidr.family === 4 ? whole.last - 1n : whole.last };
}

export function cidrContains(cidr: Cidr, address: Address): boolean {
  return rangeContains(cidrRange(cidr), address);
}

export function cidrContainsRange(cidr: Cidr, range: AddressRange): boolean {
  const { family, first, last } = range;
  return cidrContains(cidr, { family, value: first }) && cidrContains(cidr, { family, value: last });
}

/** Whether the subnets share an address; subnets of different families never do. */
export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  const [shorter, longer] = a.prefixLength <= b.prefixLength ? [a, b] : [b, a];
  return cidrContains(shorter, { family: longer.family, value: longer.base });
}

/** Order for sorting: by network address, larger subnets first. */
export function compareCidrs(a: Cidr, b: Cidr): number {
  const byBase = compareAddresses({ family: a.family, value: a.base }, { family: b.family, value: b.base });
  return byBase === 0 ? a.prefixLength - b.prefixLength : byBase;
}
