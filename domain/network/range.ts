/** Runs of consecutive addresses, such as `10.1.107.100-150`; walked lazily, never held as a list. */
import { type Address, type AddressFamily, formatAddress, parseAddress } from './address.js';

/** Both ends included. */
export interface AddressRange {
  readonly family: AddressFamily;
  readonly first: bigint;
  readonly last: bigint;
}

/** Addresses of the largest range that is accepted: one /16. */
export const MAX_RANGE_SIZE = 65_536;

/**
 * Reads `10.1.107.100-150`, whose end replaces the last octet, or two full addresses, `10.1.107.100-10.1.107.150`.
 * @returns the range, or why the text is none.
 */
export function parseRange(text: string): AddressRange | string {
  const [from = '', to = '', ...rest] = text.split('-');
  if (to === '' || rest.length > 0) return 'must be written "first-last", such as "10.1.107.100-150"';
  const first = parseAddress(from);
  if (first === undefined) return `"${from}" is not an IP address`;
  const last = parseAddress(isOctet(to) && first.family === 4 ? withLastOctet(from, to) : to);
  if (last === undefined) return `"${to}" is neither an IP address nor a last octet`;
  if (last.family !== first.family) return 'both ends must be IPv4, or both IPv6';
  if (last.value < first.value) return `ends at "${to}", before it begins`;

  const range: AddressRange = { family: first.family, first: first.value, last: last.value };
  if (last.value - first.value >= BigInt(MAX_RANGE_SIZE)) {
    return `holds ${last.value - first.value + 1n} addresses; ${MAX_RANGE_SIZE} are the most`;
  }
  return range;
}

/** Number of addresses. */
export function rangeSize(range: AddressRange): bigint {
  return range.last - range.first + 1n;
}

export function rangeContains(range: AddressRange, address: Address): boolean {
  return address.family === range.family && address.value >= range.first && address.value <= range.last;
}

/** Position of the address in the range, counted from 0; `undefined` when it is outside. */
export function ordinalInRange(range: AddressRange, address: Address): number | undefined {
  return rangeContains(range, address) ? Number(address.value - range.first) : undefined;
}

/** The address at that position, counted from 0; `undefined` past the end. */
export function addressAt(range: AddressRange, ordinal: number): Address | undefined {
  const address: Address = { family: range.family, value: range.first + BigInt(ordinal) };
  return rangeContains(range, address) ? address : undefined;
}

/** The addresses in ascending order, as canonical text, made one at a time as they are asked for. */
export function* addressesOf(range: AddressRange): Generator<string, void, undefined> {
  for (let value = range.first; value <= range.last; value += 1n) {
    yield formatAddress({ family: range.family, value });
  }
}

function isOctet(text: string): boolean {
  return /^\d{1,3}$/.test(text);
}

function withLastOctet(address: string, octet: string): string {
  return `${address.slice(0, address.lastIndexOf('.') + 1)}${octet}`;
}
