import { expect, test } from '@jest/globals';
import type { LeaseAddresses } from '../../store/store.js';
import { aStore } from './store-builder.js';

const CANDIDATES = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];

function aLease(
  wishes: Readonly<Record<string, string>>,
  change: Partial<LeaseAddresses> = {},
): LeaseAddresses {
  return {
    clusterUid: 'uid-1',
    cluster: 'edge',
    candidates: CANDIDATES,
    machines: Object.entries(wishes).map(([name, wanted]) => ({ name, wanted })),
    ...change,
  };
}

function addressesOf(leases: readonly { readonly address: string }[]): string[] {
  return leases.map(({ address }) => address);
}

test('each machine gets the address that it wants', async () => {
  const { addresses } = await aStore();

  const leases = await addresses.lease(aLease({ b: '10.0.0.3', a: '10.0.0.2' }));

  expect(leases).toEqual([
    { clusterUid: 'uid-1', machine: 'b', address: '10.0.0.3' },
    { clusterUid: 'uid-1', machine: 'a', address: '10.0.0.2' },
  ]);
});

test('a machine whose wish is taken gets a free candidate that no other machine wants', async () => {
  const { addresses } = await aStore();
  await addresses.lease(aLease({ x: '10.0.0.1' }, { clusterUid: 'other' }));

  const leases = await addresses.lease(aLease({ a: '10.0.0.1', b: '10.0.0.2' }));

  expect(addressesOf(leases)).toEqual(['10.0.0.3', '10.0.0.2']);
});

test('asking again returns the same leases, also with more machines than before', async () => {
  const { addresses } = await aStore();
  const first = await addresses.lease(aLease({ b: '10.0.0.2' }));

  const second = await addresses.lease(aLease({ a: '10.0.0.2', b: '10.0.0.4' }));

  expect(second[1]).toEqual(first[0]);
  expect(addressesOf(second)).toEqual(['10.0.0.1', '10.0.0.2']);
});

test('nothing is kept of a request that the candidates have no room for', async () => {
  const { addresses } = await aStore();
  await addresses.lease(aLease({ x: '10.0.0.2' }, { clusterUid: 'other' }));

  const leasing = addresses.lease(
    aLease({ a: '10.0.0.1', b: '10.0.0.1' }, { candidates: ['10.0.0.1', '10.0.0.2'] }),
  );

  await expect(leasing).rejects.toMatchObject({ code: 'ADDRESSES_EXHAUSTED' });
  expect(await addresses.ofCluster('uid-1')).toEqual([]);
});

test('a released address is free again, and only once', async () => {
  const { addresses } = await aStore();
  await addresses.lease(aLease({ a: '10.0.0.1' }));
  await addresses.release('uid-1', 'a');
  await addresses.release('uid-1', 'a');

  const leases = await addresses.lease(aLease({ x: '10.0.0.1' }, { clusterUid: 'other' }));

  expect(addressesOf(leases)).toEqual(['10.0.0.1']);
  await addresses.release('uid-1', 'a');
  expect(await addresses.taken(CANDIDATES)).toEqual(['10.0.0.1']);
});

test('what is taken is told among as many candidates as a /16 has', async () => {
  const { addresses } = await aStore();
  const candidates = Array.from({ length: 65_536 }, (_, index) => `10.1.${index >> 8}.${index & 255}`);
  await addresses.lease(aLease({ a: '10.1.255.255' }, { candidates }));

  expect(await addresses.taken(candidates)).toEqual(['10.1.255.255']);
  expect(await addresses.taken(CANDIDATES)).toEqual([]);
});
