import { describe, expect, test } from '@jest/globals';
import { addressRecords, type WantedAddress } from '../../../activities/ledger/address-records.js';
import { aStore } from '../../store/store-builder.js';

const POOL = { cidr: '10.1.107.0/24', ipRange: '10.1.107.100-103' };
const CLUSTER = { clusterUid: 'uid-1', cluster: 'edge' };

function wanting(holder: string, address: string | null = null): WantedAddress {
  return { holder, address, ...POOL };
}

async function aLedger() {
  const store = await aStore();
  return { store, ledger: addressRecords(store) };
}

describe('free addresses', () => {
  test('are neither leased, nor released too recently, nor answered by a stranger, nor to be avoided', async () => {
    const { store, ledger } = await aLedger();
    await ledger.reserveAddresses({ ...CLUSTER, wanted: [wanting('a'), wanting('b')] });
    await store.addresses.release('uid-1', 'b');
    await store.addresses.markConflict('10.1.107.103', 'it answers');
    const request = { cidr: POOL.cidr, range: POOL.ipRange, count: 4 };

    expect(await ledger.freeAddresses(request)).toEqual({ free: ['10.1.107.102'], prefixLength: 24 });
    expect(await ledger.freeAddresses({ ...request, avoid: ['10.1.107.102'] })).toMatchObject({ free: [] });
  });
});

describe('a reservation', () => {
  test('gives each holder its own, and the same when it is asked for again', async () => {
    const { ledger } = await aLedger();
    const request = {
      ...CLUSTER,
      wanted: [
        wanting('edge-a-1', '10.1.107.102'),
        wanting('vip/api'),
        { holder: 'edge-a-1/public', address: null, cidr: '10.1.3.0/24', ipRange: '10.1.3.10-20' },
        wanting('vip/web', '10.1.107.9'),
      ],
    };

    const first = await ledger.reserveAddresses(request);
    const second = await ledger.reserveAddresses(request);

    expect(first).toEqual([
      { holder: 'edge-a-1', address: '10.1.107.102' },
      { holder: 'vip/api', address: '10.1.107.100' },
      { holder: 'edge-a-1/public', address: '10.1.3.10' },
      { holder: 'vip/web', address: '10.1.107.9' },
    ]);
    expect(second).toEqual(first);
  });
});

describe('an address on which a stranger answers', () => {
  test('is replaced by another of the range, and says why', async () => {
    const { store, ledger } = await aLedger();
    await ledger.reserveAddresses({ ...CLUSTER, wanted: [wanting('a')] });
    const request = {
      ...CLUSTER,
      ...POOL,
      holder: 'a',
      conflicting: '10.1.107.100',
      evidence: 'port 22 answers',
    };

    expect(await ledger.replaceAddress(request)).toEqual({ address: '10.1.107.101' });
    expect(await ledger.replaceAddress(request)).toEqual({ address: '10.1.107.101' });
    expect(await store.addresses.conflicts()).toMatchObject([
      { address: '10.1.107.100', reason: 'port 22 answers' },
    ]);
  });

  test('is not replaced when no other will do', async () => {
    const { store, ledger } = await aLedger();
    await ledger.reserveAddresses({ ...CLUSTER, wanted: [wanting('vip/web', '10.1.107.9')] });

    const replacing = ledger.replaceAddress({
      ...{ ...CLUSTER, ...POOL, holder: 'vip/web', conflicting: '10.1.107.9' },
      evidence: 'answers ping',
    });

    await expect(replacing).rejects.toMatchObject({
      code: 'ADDRESS_NOT_FREE',
      message: '10.1.107.9, which vip/web is to have, is in use: answers ping',
    });
    expect(await store.addresses.ofCluster('uid-1')).toHaveLength(1);
  });
});
