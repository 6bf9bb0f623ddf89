import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { compareAddresses, formatAddress, parseAddress } from '../../../domain/network/address.js';

describe('an address', () => {
  test.each([
    ['0.0.0.0', 4, 0n],
    ['10.1.107.100', 4, 0x0a016b64n],
    ['255.255.255.255', 4, 0xffffffffn],
    ['::1', 6, 1n],
    ['fd00::ff', 6, (0xfd00n << 112n) | 0xffn],
  ])('is read: %s', (text, family, value) => {
    expect(parseAddress(text)).toEqual({ family, value });
  });

  test.each([
    '',
    '10.1.107',
    '10.1.107.256',
    '010.1.107.1',
    '10.1.107.1 ',
    '0x0a016b64',
    '167865188',
    'fe80::1%eth0',
    '::ffff:10.1.107.1',
    '1::2::3',
    'localhost',
  ])('is refused: %p', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test('is written in one way only', () => {
    expect(formatAddress(parseAddress('FD00:0:0:0::00ff') ?? { family: 6, value: 0n })).toBe('fd00::ff');
  });

  test('is the same after it was written and read', () => {
    const address = fc.oneof(
      fc.record({ family: fc.constant(4 as const), value: fc.bigInt(0n, (1n << 32n) - 1n) }),
      fc.record({ family: fc.constant(6 as const), value: fc.bigInt(0n, (1n << 128n) - 1n) }),
    );

    fc.assert(
      fc.property(address, (value) => {
        expect(parseAddress(formatAddress(value))).toEqual(value);
      }),
    );
  });

  test('has its place in an order by family, then by number', () => {
    const texts = ['fd00::1', '10.1.107.100', '9.255.255.255', '::1', '10.1.107.20'];
    const addresses = texts.flatMap((text) => parseAddress(text) ?? []);

    expect(addresses.toSorted(compareAddresses).map(formatAddress)).toEqual([
      '9.255.255.255',
      '10.1.107.20',
      '10.1.107.100',
      '::1',
      'fd00::1',
    ]);
  });

  test('equals itself in the order', () => {
    expect(compareAddresses({ family: 4, value: 1n }, { family: 4, value: 1n })).toBe(0);
  });
});
