import { describe, expect, test } from '@jest/globals';
import type { EnsuredImage } from '../../../activities/proxmox/images/ensure-image.js';
import { checksumDigits } from '../../../domain/image-volume.js';
import type { PlannedImage } from '../../../domain/plan.js';
import type { FaultEffect } from '../../../lab/faults.js';
import { CLOUD_IMAGE, INSTALLER } from '../../../lab/images/lab-images.js';
import { anEnvironment } from '../../activities/proxmox/environment.js';
import { DEFAULT_INVENTORY, type LabStorage } from '../../../lab/proxmox/lab-inventory.js';
import { aCluster } from '../../store/store-builder.js';
import { aFaultySimulator, until } from './faulty-simulator.js';
import { plannedImage } from './lab-image.js';
import { simulatorTarget } from './simulator-target.js';
import { attempt, aWorkshop, perform } from './workshop.js';

const IMAGE = plannedImage();
const BYTES = CLOUD_IMAGE.bytes.length;
const DOWNLOAD = '^POST /nodes/hv5/storage/local/download-url$';
const DROP: FaultEffect = { kind: 'drop' };

const sim = aFaultySimulator();

const ensure = (image: PlannedImage, host = 'hv5', clusterUid = 'uid-1'): Promise<EnsuredImage> =>
  perform(() => sim.current.shop.activities.ensureImage({ clusterUid, image, host }));
const ensureOnce = (image: PlannedImage, host = 'hv5'): Promise<EnsuredImage> =>
  attempt(() => sim.current.shop.activities.ensureImage({ clusterUid: 'uid-1', image, host }));
const files = (): readonly { node: string | null; volid: string }[] =>
  sim.current.target.simulator.inspect().isos;
const downloads = async (): Promise<number> => (await sim.current.tasksOf('download')).length;

describe('an image with a URL', () => {
  test('is downloaded once, and known from then on', async () => {
    const first = await ensure(IMAGE);
    const second = await ensure(IMAGE, 'hv5', 'uid-2');

    expect(first).toEqual({ volume: IMAGE.volume, sizeBytes: BYTES, downloaded: true });
    expect(second).toEqual({ ...first, downloaded: false });
    expect(await downloads()).toBe(1);
    expect(await sim.current.shop.store.images.get({ volume: IMAGE.volume, host: 'hv5' })).toMatchObject({
      url: CLOUD_IMAGE.url,
      checksum: CLOUD_IMAGE.checksum,
      sizeBytes: BYTES,
    });
  });

  test('is in the inventory of that host, and of no other', async () => {
    await ensure(IMAGE);

    const { images } = await perform(() => sim.current.shop.activities.observeInventory({}));

    const ours = images.filter(({ volume }) => checksumDigits(volume) !== undefined);
    expect(ours).toEqual([
      { volume: IMAGE.volume, host: 'hv5', storage: 'local', content: 'import', sizeBytes: BYTES },
    ]);
    expect(images).toContainEqual(
      expect.objectContaining({ volume: `local:iso/${INSTALLER.file}`, host: 'hv7', content: 'iso' }),
    );
  });

  test('asked for by ten at once is one download', async () => {
    const { activities, others } = sim.current.shop;
    const workers = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? activities : others));

    const ensured = await Promise.all(
      workers.map((worker) =>
        perform(() => worker.ensureImage({ clusterUid: 'uid-1', image: IMAGE, host: 'hv5' })),
      ),
    );

    expect(ensured.filter(({ downloaded }) => downloaded)).toHaveLength(1);
    expect(await downloads()).toBe(1);
  });

  test('that is on each of three hosts is downloaded by each of them', async () => {
    await Promise.all(['hv5', 'hv6', 'hv7'].map((host) => ensure(IMAGE, host)));

    expect(files()).toHaveLength(3);
    expect(new Set(files().map(({ node }) => node))).toEqual(new Set(['hv5', 'hv6', 'hv7']));
  });

  test.each(['before', 'after'] as const)(
    'is there in the end when the answer is lost %s it took effect',
    async (stage) => {
      sim.current.fault(stage, DOWNLOAD, DROP);

      const { volume } = await ensure(IMAGE);

      expect(files()).toEqual([{ node: 'hv5', volid: volume }]);
    },
  );

  test('whose worker died is waited for, and not asked for again', async () => {
    sim.current.latency.hold('proxmox.download');
    const first = anEnvironment();
    const request = { clusterUid: 'uid-1', image: IMAGE, host: 'hv5' };
    const died = expect(first.run(() => sim.current.shop.activities.ensureImage(request))).rejects.toThrow();
    await until(() => sim.current.runningTasks().length > 0);
    first.cancel();
    await died;

    const second = anEnvironment();
    second.on('heartbeat', ({ upid }: { upid?: string }) => {
      if (upid !== undefined) sim.current.latency.release('proxmox.download');
    });
    await second.run(() => sim.current.shop.others.ensureImage(request));

    // The second task only compares what the first one brought.
    expect(files()).toHaveLength(1);
    const spans = sim.current.latency.spans.filter(({ kind }) => kind === 'proxmox.download');
    expect(spans).toHaveLength(1);
  });

  test('that does not have its checksum is never used, nor asked for again', async () => {
    const hex = IMAGE.volume.replace(/^.*cw-([0-9a-f]{12})-.*$/, '$1').padEnd(64, 'f');
    const wrong: PlannedImage = { ...IMAGE, checksum: { algorithm: 'sha256', hex } };

    await expect(ensureOnce(wrong)).rejects.toMatchObject({
      code: 'IMAGE_CHECKSUM_MISMATCH',
      kind: { retry: 'never' },
      message: expect.stringContaining(CLOUD_IMAGE.url),
    });
    expect(files()).toEqual([]);
  });

  test('whose file somebody replaced is not taken for it', async () => {
    const upload = { host: 'hv5', storage: 'local', content: new Uint8Array(10) };
    const iso = plannedImage(INSTALLER, 'iso');
    const name = iso.volume.replace('local:iso/', '');
    const sha256 = '01d448afd928065458cf670b60f5a594d735af0172c8d67f22a81680132681ca';
    await sim.current.settled(await sim.current.shop.client.uploadIso({ ...upload, name, sha256 }));

    await expect(ensureOnce(iso)).rejects.toMatchObject({ code: 'IMAGE_CHECKSUM_MISMATCH' });
  });

  test('that another service brought is compared, and not downloaded', async () => {
    await ensure(IMAGE);
    await sim.current.shop.store.images.forget({ volume: IMAGE.volume, host: 'hv5' });

    const again = await ensure(IMAGE);

    expect(again.downloaded).toBe(false);
    const spans = sim.current.latency.spans.filter(({ kind }) => kind === 'proxmox.download');
    expect(spans).toHaveLength(1);
  });

  test('that the host cannot fetch says why', async () => {
    const image = { ...IMAGE, url: 'https://images.lab.internal/none.qcow2' };

    await expect(ensureOnce(image)).rejects.toMatchObject({
      code: 'IMAGE_DOWNLOAD_FAILED',
      message: expect.stringContaining('the server refused it'),
    });
  });

  test('that the token may not download names the privileges that it takes', async () => {
    sim.current.fault('before', DOWNLOAD, {
      kind: 'status',
      status: 403,
      message: 'Permission check failed',
    });

    await expect(ensureOnce(IMAGE)).rejects.toMatchObject({
      code: 'PROXMOX_PERMISSION',
      message: expect.stringMatching(/Datastore.AllocateTemplate on \/storage\/local.*Sys.AccessNetwork/),
    });
  });

  test('is downloaded anew when it went since', async () => {
    await ensure(IMAGE);
    await sim.current.settled((await sim.current.shop.client.deleteVolume('hv5', IMAGE.volume)) ?? '');

    const again = await ensure(IMAGE);

    expect(again.downloaded).toBe(true);
    expect(files()).toHaveLength(1);
  });

  test('that is not named for its checksum is refused: its name would prove nothing', async () => {
    const image = { ...IMAGE, volume: 'local:import/ubuntu.qcow2' };

    await expect(ensureOnce(image)).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('an image on a storage that all hosts share', () => {
  test('is downloaded once for all of them, and removed once', async () => {
    const nas: LabStorage = { id: 'nas', type: 'dir', content: ['import'], shared: true, capacityGiB: 100 };
    const inventory = { ...DEFAULT_INVENTORY, storages: [...DEFAULT_INVENTORY.storages, nas] };
    const target = await simulatorTarget({ inventory });
    const { activities, client, store } = await aWorkshop(target);
    const image = { ...IMAGE, volume: IMAGE.volume.replace('local:', 'nas:') };
    const hosts = ['hv5', 'hv6', 'hv7'];

    const ensured = await Promise.all(
      hosts.map((host) => perform(() => activities.ensureImage({ clusterUid: 'uid-1', image, host }))),
    );
    const { images } = await perform(() => activities.observeInventory({}));
    const removal = { volume: image.volume, host: null, unusedSince: '2100-01-01T00:00:00.000Z' };
    const removed = await perform(() => activities.removeImage(removal));

    expect(ensured.filter(({ downloaded }) => downloaded)).toHaveLength(1);
    expect(images.filter(({ storage }) => storage === 'nas').map(({ host }) => host)).toEqual([
      ...hosts,
      'storage01',
    ]);
    expect(removed).toEqual({ removed: true });
    expect(target.simulator.inspect().isos).toEqual([]);
    expect(await store.images.get({ volume: image.volume, host: null })).toBeUndefined();
    await client.close();
    await target.close();
  });
});

describe('an image without a URL', () => {
  const there: PlannedImage = {
    volume: `local:iso/${INSTALLER.file}`,
    content: 'iso',
    url: null,
    checksum: null,
  };

  test('is found where a person put it, and is none of ours', async () => {
    const found = await ensureOnce(there);

    expect(found).toEqual({
      volume: there.volume,
      sizeBytes: INSTALLER.bytes.length,
      downloaded: false,
    });
    expect(await sim.current.shop.store.images.get({ volume: there.volume, host: 'hv5' })).toBeUndefined();
  });

  test.each([
    ['on the wrong host', there, 'storage01', 'IMAGE_NOT_FOUND'],
    ['of another name', { ...there, volume: 'local:iso/none.iso' }, 'hv5', 'IMAGE_NOT_FOUND'],
    ['on no storage', { ...there, volume: 'nowhere:iso/none.iso' }, 'hv5', 'PROXMOX_REJECTED'],
    ['on a storage for disks', { ...there, volume: 'ceph-vm:iso/none.iso' }, 'hv5', 'PROXMOX_REJECTED'],
  ] as const)('is missing when it is %s', async (_what, image, host, code) => {
    await expect(ensureOnce(image, host)).rejects.toMatchObject({ code, kind: { retry: 'never' } });
  });
});

describe('an image that nobody uses', () => {
  const SOON = '2100-01-01T00:00:00.000Z';
  const place = { volume: IMAGE.volume, host: 'hv5' };
  const remove = () =>
    perform(() => sim.current.shop.activities.removeImage({ ...place, unusedSince: SOON }));

  test('is removed, and forgotten', async () => {
    await ensure(IMAGE);

    const outcome = await remove();

    expect(outcome).toEqual({ removed: true });
    expect(files()).toEqual([]);
    expect(await sim.current.shop.store.images.get(place)).toBeUndefined();
  });

  test('stays while a cluster that is not gone has used it', async () => {
    await ensure(IMAGE, 'hv5', 'uid-1');
    const { clusters } = sim.current.shop.store;
    await clusters.put(aCluster({ uid: 'uid-1', phase: 'READY' }));

    const whileReady = await remove();
    await clusters.put(aCluster({ uid: 'uid-1', phase: 'GONE' }));
    const afterwards = await remove();

    expect([whileReady, afterwards]).toEqual([{ removed: false }, { removed: true }]);
  });

  test('stays when it was used since', async () => {
    await ensure(IMAGE);

    const outcome = await perform(() =>
      sim.current.shop.activities.removeImage({ ...place, unusedSince: '2020-01-01T00:00:00.000Z' }),
    );

    expect(outcome).toEqual({ removed: false });
    expect(files()).toHaveLength(1);
  });

  test('is no other than one that the service downloaded', async () => {
    const unusedSince = SOON;
    const volume = `local:iso/${INSTALLER.file}`;

    const outcome = await perform(() =>
      sim.current.shop.activities.removeImage({ volume, host: 'hv5', unusedSince }),
    );

    expect(outcome).toEqual({ removed: false });
    const { images } = await perform(() => sim.current.shop.activities.observeInventory({}));
    expect(images.map((image) => `${image.host} ${image.volume}`)).toContain(`hv5 ${volume}`);
  });

  test('is not removed under a name that does not prove its content', async () => {
    const { images } = sim.current.shop.store;
    const volume = `local:iso/${INSTALLER.file}`;
    const checksum = `sha256:${'0'.repeat(64)}`;
    await images.use({ volume, host: 'hv5', url: INSTALLER.url, checksum, clusterUid: 'uid-1' });

    const removing = attempt(() =>
      sim.current.shop.activities.removeImage({ volume, host: 'hv5', unusedSince: SOON }),
    );

    await expect(removing).rejects.toMatchObject({ code: 'IDENTITY_MISMATCH' });
  });

  test('that a person removed already is forgotten', async () => {
    await ensure(IMAGE);
    await sim.current.settled((await sim.current.shop.client.deleteVolume('hv5', IMAGE.volume)) ?? '');

    expect(await remove()).toEqual({ removed: true });
  });

  test('comes back when it is wanted at the very moment of its removal', async () => {
    await ensure(IMAGE);

    const [, ensured] = await Promise.all([remove(), ensure(IMAGE, 'hv5', 'uid-2')]);

    expect(ensured.volume).toBe(IMAGE.volume);
    // Whichever of the two was first: what is written down is what is there.
    const isKnown = (await sim.current.shop.store.images.get(place)) !== undefined;
    expect(isKnown).toBe(files().length === 1);
  });
});
