/** IPv4 and IPv6 addresses as numbers, so that ranges and subnets are plain arithmetic. */
import ipaddr from 'ipaddr.js';

export type AddressFamily = 4 | 6;

export interface Address {
  readonly family: AddressFamily;
  /** The address as an unsigned integer of {@link ADDRESS_BITS} bits. */
  readonly value: bigint;
}

export const ADDRESS_BITS: Readonly<Record<AddressFamily, number>> = { 4: 32, 6: 128 };

/**
 * Reads `10.1.107.100` or `fd00::1`. Octal and shortened IPv4 forms, zone identifiers and IPv4 inside IPv6 are refused:
 * programs disagree on which machine they mean.
 * @returns `undefined` when the text is no address.
 */
export function parseAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return { family: 4, value: integerOf(ipaddr.IPv4.parse(text).toByteArray()) };
  }
  if (!text.includes(':') || /[%.]/.test(text) || !ipaddr.IPv6.isValid(text)) return undefined;
  return { family: 6, value: integerOf(ipaddr.IPv6.parse(text).toByteArray()) };
}

/** The canonical text: dotted decimal, or the shortest IPv6 form of RFC 5952. */
export function formatAddress(address: Address): string {
  const length = ADDRESS_BITS[address.family] / 8;
  const bytes = Array.from({ length }, (_, index) =>
    Number((address.value >> BigInt(8 * (length - 1 - index))) & 0xffn),
  );
  return address.family === 4 ? new ipaddr.IPv4(bytes).toString() : new ipaddr.IPv6(bytes).toRFC5952String();
}

/** Order for sorting: IPv4 before IPv6, then by number. */
export function compareAddresses(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.value === b.value) return 0;
  return a.value < b.value ? -1 : 1;
}

function integerOf(bytes: readonly number[]): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
