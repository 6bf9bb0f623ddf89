import { describe, expect, test } from '@jest/globals';
import type { LeaseAddresses, WantedLease } from '../../store/address-port.js';
import { aStore, ManualClock } from './store-builder.js';

const CANDIDATES = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];
const OTHERS = ['10.9.0.1', '10.9.0.2'];
const QUARANTINE_SECONDS = 600;
const DAY_SECONDS = 86_400;

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

function wanting(...wanted: WantedLease[]) {
  return { clusterUid: 'uid-1', cluster: 'edge', wanted };
}

function addressesOf(leases: readonly { readonly address: string }[]): string[] {
  return leases.map(({ address }) => address);
}

async function aLeasingStore(clock = new ManualClock()) {
  const { addresses } = await aStore({ addressQuarantineSeconds: QUARANTINE_SECONDS, now: clock.now });
  return { addresses, clock };
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

test('what is taken is told among as many candidates as a /16 has', async () => {
  const { addresses } = await aStore();
  const candidates = Array.from({ length: 65_536 }, (_, index) => `10.1.${index >> 8}.${index & 255}`);
  await addresses.lease(aLease({ a: '10.1.255.255' }, { candidates }));

  expect(await addresses.taken(candidates)).toEqual(['10.1.255.255']);
  expect(await addresses.taken(CANDIDATES)).toEqual([]);
});

describe('a released address', () => {
  test('is not leased again within the quarantine, not even as the last one', async () => {
    const { addresses, clock } = await aLeasingStore();
    await addresses.lease(aLease({ a: '10.0.0.1' }));
    await addresses.release('uid-1', 'a');
    clock.advance(QUARANTINE_SECONDS - 1);

    const wished = await addresses.lease(aLease({ x: '10.0.0.1' }, { clusterUid: 'other' }));
    const leasing = addresses.lease(
      aLease({ y: '10.0.0.1' }, { clusterUid: 'other', candidates: ['10.0.0.1'] }),
    );

    expect(addressesOf(wished)).toEqual(['10.0.0.2']);
    await expect(leasing).rejects.toMatchObject({
      code: 'ADDRESSES_EXHAUSTED',
      message: expect.stringContaining('1 released too recently'),
    });
    expect(await addresses.unavailable(CANDIDATES)).toEqual([
      { address: '10.0.0.1', why: 'quarantined' },
      { address: '10.0.0.2', why: 'leased' },
    ]);
  });

  test('is free again after it, and only once', async () => {
    const { addresses, clock } = await aLeasingStore();
    await addresses.lease(aLease({ a: '10.0.0.1' }));
    await addresses.release('uid-1', 'a');
    clock.advance(QUARANTINE_SECONDS);
    await addresses.release('uid-1', 'a');

    const leases = await addresses.lease(aLease({ x: '10.0.0.1' }, { clusterUid: 'other' }));

    expect(addressesOf(leases)).toEqual(['10.0.0.1']);
    await addresses.release('uid-1', 'a');
    expect(await addresses.taken(CANDIDATES)).toEqual(['10.0.0.1']);
  });

  test('of a machine goes with those of its further interfaces, and with no others', async () => {
    const { addresses } = await aStore();
    const holders = ['edge-a-1', 'edge-a-1/public', 'edge-a-10', 'vip/api'];
    await addresses.leaseEach(
      wanting(...holders.map((holder) => ({ holder, address: null, candidates: CANDIDATES }))),
    );

    await addresses.release('uid-1', 'edge-a-1');

    const left = await addresses.ofCluster('uid-1');
    expect(left.map(({ machine }) => machine)).toEqual(['edge-a-10', 'vip/api']);
  });
});

describe('several pools', () => {
  test('each holder leases from its own, and two never the same address', async () => {
    const { addresses } = await aStore();

    const leases = await addresses.leaseEach(
      wanting(
        { holder: 'a', address: '10.0.0.1', candidates: CANDIDATES },
        { holder: 'a/public', address: null, candidates: OTHERS },
        { holder: 'b', address: '10.0.0.1', candidates: CANDIDATES },
        { holder: 'vip/api', address: null, candidates: CANDIDATES },
      ),
    );

    expect(addressesOf(leases)).toEqual(['10.0.0.1', '10.9.0.1', '10.0.0.2', '10.0.0.3']);
  });

  test('what is avoided is not given, neither as a wish nor as the next one', async () => {
    const { addresses } = await aStore();

    const leases = await addresses.leaseEach({
      ...wanting(
        { holder: 'a', address: '10.0.0.1', candidates: CANDIDATES },
        { holder: 'b', address: null, candidates: CANDIDATES },
      ),
      avoid: ['10.0.0.1', '10.0.0.2'],
    });

    expect(addressesOf(leases)).toEqual(['10.0.0.3', '10.0.0.4']);
  });

  test('an address that is no candidate is meant as it is', async () => {
    const { addresses } = await aStore();
    const vip = (clusterUid: string) =>
      addresses.leaseEach({
        ...wanting({ holder: 'vip/api', address: '10.0.0.200', candidates: CANDIDATES }),
        clusterUid,
      });

    expect(addressesOf(await vip('uid-1'))).toEqual(['10.0.0.200']);
    await expect(vip('uid-2')).rejects.toMatchObject({
      code: 'ADDRESS_NOT_FREE',
      message: '10.0.0.200, which vip/api is to have, is leased',
    });
    expect(await addresses.ofCluster('uid-2')).toEqual([]);
  });
});

describe('an address on which a stranger answers', () => {
  const replacement = {
    clusterUid: 'uid-1',
    cluster: 'edge',
    holder: 'a',
    conflicting: '10.0.0.1',
    reason: 'port 22 answers',
    candidates: CANDIDATES,
  };

  test('is replaced once, however often that is asked for', async () => {
    const { addresses } = await aLeasingStore();
    await addresses.lease(aLease({ a: '10.0.0.1', b: '10.0.0.2' }));

    const first = await addresses.replace(replacement);
    const second = await addresses.replace(replacement);

    expect(first.address).toBe('10.0.0.3');
    expect(second).toEqual(first);
    expect(addressesOf(await addresses.ofCluster('uid-1'))).toEqual(['10.0.0.2', '10.0.0.3']);
    expect(await addresses.conflicts()).toMatchObject([{ address: '10.0.0.1', reason: 'port 22 answers' }]);
  });

  test('is avoided until it was silent for a day, counted from when it was last heard of', async () => {
    const { addresses, clock } = await aLeasingStore();
    await addresses.markConflict('10.0.0.1', 'port 22 answers');
    clock.advance(DAY_SECONDS - 1);
    await addresses.markConflict('10.0.0.1', 'port 22 refuses');
    clock.advance(DAY_SECONDS - 1);

    expect(await addresses.unavailable(CANDIDATES)).toEqual([{ address: '10.0.0.1', why: 'conflict' }]);
    expect(await addresses.conflicts()).toEqual([
      {
        address: '10.0.0.1',
        reason: 'port 22 refuses',
        foundAt: '2026-01-01T00:00:00.000Z',
        lastSeenAt: '2026-01-01T23:59:59.000Z',
      },
    ]);
    clock.advance(1);
    expect(await addresses.unavailable(CANDIDATES)).toEqual([]);
    expect(await addresses.conflicts()).toEqual([]);
  });

  test('is free again when a person says so', async () => {
    const { addresses } = await aLeasingStore();
    await addresses.markConflict('10.0.0.1', 'port 22 answers');

    expect(await addresses.clearConflict('10.0.0.1')).toBe(true);
    expect(await addresses.clearConflict('10.0.0.1')).toBe(false);
    expect(addressesOf(await addresses.lease(aLease({ a: '10.0.0.1' })))).toEqual(['10.0.0.1']);
  });
});
