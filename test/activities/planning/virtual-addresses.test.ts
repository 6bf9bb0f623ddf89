import { expect, test } from '@jest/globals';
import { virtualAddressFaults } from '../../../activities/planning/virtual-addresses.js';
import { aDefinition } from '../../builders/definition.js';
import { aCluster, aStore, ManualClock } from '../../store/store-builder.js';

const WANTED = '10.1.107.50';

const plain = aDefinition();
const definition = {
  ...plain,
  network: {
    ...plain.network,
    virtualAddresses: [
      { name: 'any', address: null },
      { name: 'api', address: WANTED },
    ],
  },
};

async function aStoreInWhichItIsLeased(clusterUid: string, holder: string) {
  const clock = new ManualClock();
  const store = await aStore({ addressQuarantineSeconds: 600, now: clock.now });
  await store.clusters.put(aCluster({ name: definition.name, definition }));
  await store.addresses.leaseEach({
    clusterUid,
    cluster: definition.name,
    wanted: [{ holder, address: WANTED, candidates: [] }],
  });
  return { store, clock };
}

test('nobody has it: there is no fault', async () => {
  expect(await virtualAddressFaults(await aStore(), definition)).toEqual([]);
});

test('another cluster has it: the fault points to it', async () => {
  const { store } = await aStoreInWhichItIsLeased('uid-2', 'vip/api');

  expect(await virtualAddressFaults(store, definition)).toEqual([
    {
      pointer: '/network/virtualAddresses/1/address',
      detail: `${WANTED} is leased to another holder`,
      code: 'ADDRESS_NOT_FREE',
    },
  ]);
});

test('the cluster itself has it, under the same name: planning it anew finds no fault', async () => {
  const { store } = await aStoreInWhichItIsLeased('uid-1', 'vip/api');

  expect(await virtualAddressFaults(store, definition)).toEqual([]);
});

test('a machine of the cluster has it: that is a fault', async () => {
  const { store } = await aStoreInWhichItIsLeased('uid-1', 'server-1');

  expect(await virtualAddressFaults(store, definition)).toHaveLength(1);
});

test('it was released a moment ago: it rests, and then can be had', async () => {
  const { store, clock } = await aStoreInWhichItIsLeased('uid-2', 'vip/api');
  await store.addresses.release('uid-2', 'vip/api');

  const [fault] = await virtualAddressFaults(store, definition);
  clock.advance(601);

  expect(fault?.detail).toContain('rests');
  expect(await virtualAddressFaults(store, definition)).toEqual([]);
});

test('a stranger answers on it: that is a fault', async () => {
  const store = await aStore();
  await store.addresses.markConflict(WANTED, 'port 22 answered');

  const [fault] = await virtualAddressFaults(store, definition);

  expect(fault?.detail).toContain('in use by a stranger');
});
