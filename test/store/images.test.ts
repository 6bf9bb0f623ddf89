import { describe, expect, test } from '@jest/globals';
import type { Store } from '../../store/store.js';
import { aCluster, aStore, ManualClock } from './store-builder.js';

const FILE = { volume: 'local:import/cw-0a0a0a0a0a0a-debian.qcow2', host: 'pve1' };
const SHARED = { volume: 'nas:iso/cw-0b0b0b0b0b0b-debian.iso', host: null };
const FROM = { url: 'https://images.example/debian.qcow2', checksum: `sha256:${'0a'.repeat(32)}` };
const DAY = 24 * 3_600;

let clock: ManualClock;

async function theStore(): Promise<Store> {
  clock = new ManualClock();
  return aStore({ now: clock.now });
}

const now = (): string => clock.now().toISOString();

describe('an image file', () => {
  test('is known from its first use on, and its size from when it was seen whole', async () => {
    const { images } = await theStore();
    const first = now();

    const asked = await images.use({ ...FILE, ...FROM, clusterUid: 'uid-1' });
    await images.verified(FILE, 1_000);
    clock.advance(60);
    const again = await images.use({ ...FILE, ...FROM, clusterUid: 'uid-2' });

    expect(asked).toEqual({ ...FILE, ...FROM, sizeBytes: null, firstUsedAt: first, lastUsedAt: first });
    expect(again).toEqual({ ...FILE, ...FROM, sizeBytes: 1_000, firstUsedAt: first, lastUsedAt: now() });
    expect(await images.get(FILE)).toEqual(again);
  });

  test('is another one on each host, and one for all on a shared storage', async () => {
    const { images } = await theStore();
    await images.use({ ...FILE, ...FROM, clusterUid: 'uid-1' });
    await images.use({ ...SHARED, ...FROM, clusterUid: 'uid-1' });

    expect(await images.get({ ...FILE, host: 'pve2' })).toBeUndefined();
    expect(await images.get(SHARED)).toMatchObject(SHARED);
  });

  test('is unused when its last use is long ago and no live cluster is among its users', async () => {
    const { images, clusters } = await theStore();
    await clusters.put(aCluster({ uid: 'uid-1', phase: 'READY' }));
    await images.use({ ...FILE, ...FROM, clusterUid: 'uid-1' });
    await images.use({ ...SHARED, ...FROM, clusterUid: 'uid-gone' });
    clock.advance(DAY);

    const whileReady = await images.unused(now());
    await clusters.put(aCluster({ uid: 'uid-1', phase: 'GONE' }));
    const afterwards = await images.unused(now());

    expect(whileReady.map(({ volume }) => volume)).toEqual([SHARED.volume]);
    expect(afterwards.map(({ volume }) => volume)).toEqual([FILE.volume, SHARED.volume]);
    expect(await images.unused(now(), FILE)).toHaveLength(1);
    expect(await images.unused(now(), { ...FILE, host: 'pve2' })).toEqual([]);
  });

  test('is not unused before its time', async () => {
    const { images } = await theStore();
    await images.use({ ...FILE, ...FROM, clusterUid: 'uid-1' });

    expect(await images.unused(now())).toEqual([]);
  });

  test('is forgotten with its uses: who used it before does not hold it when it comes back', async () => {
    const { images, clusters } = await theStore();
    await clusters.put(aCluster({ uid: 'uid-1', phase: 'READY' }));
    await images.use({ ...FILE, ...FROM, clusterUid: 'uid-1' });

    await images.forget(FILE);
    await images.use({ ...FILE, ...FROM, clusterUid: 'uid-2' });
    clock.advance(DAY);

    expect(await images.unused(now())).toHaveLength(1);
  });
});

describe('the catalogue', () => {
  test('tells a new entry from one that is replaced', async () => {
    const { catalogue } = await theStore();
    const created = now();
    const first = await catalogue.put({ name: 'debian', source: 'local:iso/a.iso', checksum: null });
    clock.advance(1);

    const second = await catalogue.put({ name: 'debian', source: 'local:iso/b.iso', checksum: null });

    expect([first.isNew, second.isNew]).toEqual([true, false]);
    expect(second.entry).toMatchObject({ source: 'local:iso/b.iso', createdAt: created, updatedAt: now() });
    expect(await catalogue.list()).toEqual([second.entry]);
  });

  test('says whether there was anything to remove', async () => {
    const { catalogue } = await theStore();
    await catalogue.put({ name: 'debian', source: 'local:iso/a.iso', checksum: null });

    expect([await catalogue.remove('debian'), await catalogue.remove('debian')]).toEqual([true, false]);
    expect(await catalogue.get('debian')).toBeUndefined();
  });
});
