import { describe, expect, test } from '@jest/globals';
import { addressPool } from '../../../domain/network/address-pool.js';

describe('an address pool', () => {
  test('has the addresses of the range and the prefix of the subnet', () => {
    expect(addressPool('10.1.107.100-102', '10.1.107.0/24')).toEqual({
      addresses: ['10.1.107.100', '10.1.107.101', '10.1.107.102'],
      prefixLength: 24,
    });
  });

  test('leaves out what no machine may have', () => {
    expect(addressPool('10.1.107.0-3', '10.1.107.0/30').addresses).toEqual(['10.1.107.1', '10.1.107.2']);
  });

  test('has nothing outside of the subnet', () => {
    expect(addressPool('10.1.108.1-5', '10.1.107.0/24').addresses).toEqual([]);
    expect(addressPool('fd00::1-fd00::5', '10.1.107.0/24').addresses).toEqual([]);
  });

  test.each([
    ['10.1.107.9-1', '10.1.107.0/24'],
    ['10.1.107.1-9', '10.1.107.1/24'],
  ])('is refused for %s in %s', (range, cidr) => {
    expect(() => addressPool(range, cidr)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });
});
