import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type Address, formatAddress, parseAddress } from '../../../domain/network/address.js';
import {
  type Cidr,
  cidrContains,
  cidrContainsRange,
  cidrRange,
  cidrsOverlap,
  compareCidrs,
  formatCidr,
  parseCidr,
  usableRange,
} from '../../../domain/network/cidr.js';
import { rangeSize } from '../../../domain/network/range.js';

function cidr(text: string): Cidr {
  const result = parseCidr(text);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

function address(text: string): Address {
  const result = parseAddress(text);
  if (result === undefined) throw new Error(text);
  return result;
}

/** Small enough that every address of it can be looked at. */
const smallCidr = fc
  .record({ base: fc.integer({ min: 0, max: 255 }), prefixLength: fc.integer({ min: 24, max: 32 }) })
  .map(({ base, prefixLength }): Cidr => {
    const size = 2 ** (32 - prefixLength);
    return { family: 4, base: 0x0a000000n + BigInt(base - (base % size)), prefixLength };
  });

describe('a subnet', () => {
  test.each(['10.1.107.0/24', '0.0.0.0/0', '10.1.107.5/32', 'fd00:42::/56', '::/0'])(
    'is read: %s',
    (text) => {
      expect(formatCidr(cidr(text))).toBe(text);
    },
  );

  test.each([
    ['10.1.107.5/24', /host bits set; the subnet is "10.1.107.0\/24"/],
    ['fd00::1/64', /host bits set; the subnet is "fd00::\/64"/],
    ['10.1.107.0/33', /prefix of 33 bits; IPv4 has 32/],
    ['10.1.107.0', /CIDR notation/],
    ['10.1.107.0/', /CIDR notation/],
    ['10.1.107.0/024', /CIDR notation/],
    ['10.1.107.0/24/8', /CIDR notation/],
    ['10.1.107.0/-1', /CIDR notation/],
    ['10.1.107.0/255.255.255.0', /CIDR notation/],
  ])('is refused with the reason: %s', (text, reason) => {
    expect(parseCidr(text)).toMatch(reason);
  });

  test.each([
    ['10.1.107.0/24', '10.1.107.1', '10.1.107.254'],
    ['10.1.107.0/30', '10.1.107.1', '10.1.107.2'],
    ['10.1.107.0/31', '10.1.107.0', '10.1.107.1'],
    ['10.1.107.7/32', '10.1.107.7', '10.1.107.7'],
    ['fd00::/126', 'fd00::1', 'fd00::3'],
    ['fd00::/127', 'fd00::', 'fd00::1'],
  ])('%s has machines from %s to %s', (text, first, last) => {
    const { family, ...ends } = usableRange(cidr(text));

    expect(formatAddress({ family, value: ends.first })).toBe(first);
    expect(formatAddress({ family, value: ends.last })).toBe(last);
  });

  test('contains its own addresses and no others', () => {
    const subnet = cidr('10.1.107.0/24');

    expect(['10.1.107.0', '10.1.107.255'].every((text) => cidrContains(subnet, address(text)))).toBe(true);
    expect(
      ['10.1.106.255', '10.1.108.0', '::a01:6b05'].some((text) => cidrContains(subnet, address(text))),
    ).toBe(false);
  });

  test('contains a range when it contains both ends', () => {
    const subnet = cidr('10.1.107.0/24');
    const range = cidrRange(cidr('10.1.107.128/25'));

    expect(cidrContainsRange(subnet, range)).toBe(true);
    expect(cidrContainsRange(subnet, { ...range, last: range.last + 1n })).toBe(false);
  });

  test.each([
    ['10.1.0.0/16', '10.1.107.0/24', true],
    ['10.1.107.0/24', '10.1.107.0/24', true],
    ['10.1.107.0/25', '10.1.107.128/25', false],
    ['0.0.0.0/0', '::/0', false],
  ])('%s and %s overlap: %p', (a, b, expected) => {
    expect(cidrsOverlap(cidr(a), cidr(b))).toBe(expected);
    expect(cidrsOverlap(cidr(b), cidr(a))).toBe(expected);
  });

  test('overlaps another exactly when they share an address', () => {
    fc.assert(
      fc.property(smallCidr, smallCidr, (a, b) => {
        const { first, last } = cidrRange(a);
        let isShared = false;
        for (let value = first; value <= last; value += 1n)
          isShared ||= cidrContains(b, { family: 4, value });

        expect(cidrsOverlap(a, b)).toBe(isShared);
      }),
    );
  });

  test('has as many addresses as its prefix says, and is the same after it was written and read', () => {
    fc.assert(
      fc.property(smallCidr, (subnet) => {
        expect(rangeSize(cidrRange(subnet))).toBe(2n ** BigInt(32 - subnet.prefixLength));
        expect(parseCidr(formatCidr(subnet))).toEqual(subnet);
      }),
    );
  });

  test('has its place in an order by address, larger ones first', () => {
    const texts = ['fd00::/64', '10.1.107.0/24', '10.1.0.0/24', '10.1.0.0/16'];

    expect(texts.map(cidr).toSorted(compareCidrs).map(formatCidr)).toEqual(texts.toReversed());
  });
});
