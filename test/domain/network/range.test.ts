import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { formatAddress, parseAddress } from '../../../domain/network/address.js';
import {
  addressAt,
  addressesOf,
  type AddressRange,
  MAX_RANGE_SIZE,
  ordinalInRange,
  parseRange,
  rangeContains,
  rangeSize,
} from '../../../domain/network/range.js';

function range(text: string): AddressRange {
  const result = parseRange(text);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

const anyRange = fc
  .record({ first: fc.bigInt(0n, 0xffff_0000n), length: fc.bigInt(1n, 300n) })
  .map(({ first, length }): AddressRange => ({ family: 4, first, last: first + length - 1n }));

describe('a range', () => {
  test('may be written with the last octet alone', () => {
    expect(range('10.1.107.100-150')).toEqual(range('10.1.107.100-10.1.107.150'));
    expect(rangeSize(range('10.1.107.100-150'))).toBe(51n);
  });

  test('may be a single address, written twice', () => {
    expect([...addressesOf(range('10.1.107.5-5'))]).toEqual(['10.1.107.5']);
  });

  test('may cross octets', () => {
    expect([...addressesOf(range('10.1.107.254-10.1.108.1'))]).toEqual([
      '10.1.107.254',
      '10.1.107.255',
      '10.1.108.0',
      '10.1.108.1',
    ]);
  });

  test('may be of IPv6', () => {
    expect([...addressesOf(range('fd00::fffe-fd00::1:0'))]).toEqual([
      'fd00::fffe',
      'fd00::ffff',
      'fd00::1:0',
    ]);
  });

  test.each([
    ['', /written "first-last"/],
    ['10.1.107.100', /written "first-last"/],
    ['10.1.107.100-', /written "first-last"/],
    ['10.1.107.100-120-130', /written "first-last"/],
    ['10.1.107-150', /"10.1.107" is not an IP address/],
    ['10.1.107.100-256', /"256" is neither/],
    ['10.1.107.100-050', /"050" is neither/],
    ['10.1.107.100 - 150', /is not an IP address/],
    ['10.1.107.150-100', /before it begins/],
    ['10.1.107.1-fd00::1', /both ends/],
    ['fd00::1-20', /"20" is neither/],
    ['10.0.0.0-10.255.255.255', /holds 16777216 addresses; 65536 are the most/],
    ['::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', /are the most/],
  ])('is refused with the reason: %s', (text, reason) => {
    expect(parseRange(text)).toMatch(reason);
  });

  test('has the size of a /16 at most', () => {
    expect(rangeSize(range('10.0.0.0-10.0.255.255'))).toBe(BigInt(MAX_RANGE_SIZE));
    expect(parseRange('10.0.0.0-10.1.0.0')).toMatch(/are the most/);
  });

  test('is walked lazily, whatever its size', () => {
    const whole: AddressRange = { family: 6, first: 0n, last: (1n << 128n) - 1n };

    expect(addressesOf(whole).next().value).toBe('::');
  });

  test('yields each of its addresses once, in order, at its ordinal', () => {
    fc.assert(
      fc.property(anyRange, (addresses) => {
        const all = [...addressesOf(addresses)];

        expect(BigInt(all.length)).toBe(rangeSize(addresses));
        expect(new Set(all).size).toBe(all.length);
        all.forEach((text, ordinal) => {
          const address = parseAddress(text);
          expect(address && rangeContains(addresses, address)).toBe(true);
          expect(address && ordinalInRange(addresses, address)).toBe(ordinal);
          expect(addressAt(addresses, ordinal)).toEqual(address);
        });
      }),
      { numRuns: 30 },
    );
  });

  test('is the same after it was written and read', () => {
    fc.assert(
      fc.property(anyRange, ({ family, first, last }) => {
        const text = `${formatAddress({ family, value: first })}-${formatAddress({ family, value: last })}`;

        expect(parseRange(text)).toEqual({ family, first, last });
      }),
    );
  });

  test('has nothing before its first and after its last address', () => {
    const addresses = range('10.1.107.100-150');

    expect(addressAt(addresses, -1)).toBeUndefined();
    expect(addressAt(addresses, 51)).toBeUndefined();
    expect(ordinalInRange(addresses, { family: 4, value: addresses.last + 1n })).toBeUndefined();
    expect(ordinalInRange(addresses, { family: 6, value: addresses.first })).toBeUndefined();
  });
});
