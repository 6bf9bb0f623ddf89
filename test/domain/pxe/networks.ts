/** PXE networks of all sizes, for tests that hold for each. */
import * as fc from 'fast-check';
import type { Reservation } from '../../../domain/dhcp/reservation.js';
import type { PxeNetwork } from '../../../domain/pxe/pxe-network.js';

export function aPxeNetwork(change: Partial<PxeNetwork> = {}): PxeNetwork {
  return {
    cluster: 'demo',
    interface: 'eth1',
    subnet: '10.1.107.0/24',
    serverAddress: '10.1.107.10',
    gateway: '10.1.107.1',
    nameservers: ['10.1.107.1'],
    domain: 'demo.internal',
    bootUrl: 'http://10.1.107.2:8090',
    reservations: [aReservation(1)],
    dhcpRange: '10.1.107.100-150',
    dns: null,
    ...change,
  };
}

/** @param number from 1 to 50. */
export function aReservation(number: number): Reservation {
  const hex = number.toString(16).padStart(2, '0');
  return {
    mac: `BC:24:11:00:00:${hex}`,
    address: `10.1.107.${100 + number}`,
    hostname: `demo-worker-${number}`,
  };
}

export const pxeNetworks: fc.Arbitrary<PxeNetwork> = fc
  .record({
    numbers: fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { maxLength: 20 }),
    gateway: fc.constantFrom(null, '10.1.107.1'),
    nameservers: fc.subarray(['10.1.107.1', '9.9.9.9', '192.0.2.53']),
    dns: fc.option(
      fc.record({
        records: fc.subarray([
          { name: 'api.demo.internal', address: '10.1.107.99' },
          { name: 'api-int.demo.internal', address: '10.1.107.99' },
          { name: 'demo-worker-1.demo.internal', address: '10.1.107.101' },
        ]),
      }),
    ),
  })
  .map(({ numbers, ...rest }) => aPxeNetwork({ ...rest, reservations: numbers.map(aReservation) }));
