import { expect, test } from '@jest/globals';
import { imageRecords } from '../../../activities/ledger/image-records.js';
import { aStore } from '../../store/store-builder.js';

const DAY_MS = 24 * 3_600_000;
const FILE = {
  volume: 'local:import/cw-0a0a0a0a0a0a-debian.qcow2',
  host: 'pve1',
  url: 'https://images.example/debian.qcow2',
  checksum: `sha256:${'0a'.repeat(32)}`,
  clusterUid: 'uid-gone',
};

test('the planner gets the catalogue as names for sources', async () => {
  const store = await aStore();
  const images = [
    { name: 'alma-9', source: 'local:import/alma.qcow2', checksum: null },
    { name: 'zebra', source: 'local:iso/zebra.iso', checksum: null },
  ];
  for (const image of images.toReversed()) await store.catalogue.put(image);

  expect(await imageRecords(store, 14).listCatalogue()).toEqual(images);
});

test.each([
  ['is unused after as many days as are configured', 15, [{ volume: FILE.volume, host: FILE.host }]],
  ['is kept until then', 13, []],
])('a file %s', async (_what, days, expected) => {
  const lastUse = new Date(Date.now() - days * DAY_MS);
  const store = await aStore({ now: () => lastUse });
  await store.images.use(FILE);

  const { images, unusedSince } = await imageRecords(store, 14).listUnusedImages();

  expect(images).toEqual(expected);
  expect(Math.abs(Date.parse(unusedSince) - (Date.now() - 14 * DAY_MS))).toBeLessThan(60_000);
});
