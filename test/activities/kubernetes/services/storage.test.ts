import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { imagesFrom } from '../../../../activities/kubernetes/services/images.js';
import { claimObjection } from '../../../../activities/kubernetes/services/storage/check-claim.js';
import { createProxmoxActivities } from '../../../../activities/proxmox/activities.js';
import { PatchStrategy, setHeaderOptions, StorageV1Api } from '@kubernetes/client-node';
import { eventually } from '../../../lab/kubernetes/lab-cluster.js';
import { CEPH, NFS, ServicesWorld } from './services-world.js';

let world: ServicesWorld;

beforeEach(async () => {
  world = await ServicesWorld.open();
});

afterEach(() => world.close());

async function defaultClasses(): Promise<string[]> {
  const { items } = await world.kubernetes.config.makeApiClient(StorageV1Api).listStorageClass();
  return items
    .filter(
      ({ metadata }) => metadata?.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    )
    .map(({ metadata }) => metadata?.name ?? '');
}

/** A claim with a pod that uses it, of somebody who works in the cluster. */
async function aClaim(name: string, storageClassName: string): Promise<void> {
  const core = world.core();
  await core.createNamespacedPersistentVolumeClaim({
    namespace: 'default',
    body: {
      metadata: { name },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Gi' } } },
    },
  });
  await core.createNamespacedPod({
    namespace: 'default',
    body: {
      metadata: { name },
      spec: {
        containers: [{ name: 'main', image: 'nginx:1.27', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
        volumes: [{ name: 'v', persistentVolumeClaim: { claimName: name } }],
      },
    },
  });
  await eventually(async () => {
    const pod = await core.readNamespacedPod({ namespace: 'default', name });
    return pod.status?.phase === 'Running' ? true : undefined;
  });
}

describe.each([
  { name: 'NFS', configuration: NFS },
  { name: 'the Proxmox CSI plugin', configuration: CEPH },
])('storage by $name', ({ configuration }) => {
  test('is the only default, and a pod runs with a claim of it', async () => {
    const { storageClass } = configuration;
    const { clusterUid } = world;

    await world.run(() => world.activities.provideStorage(world.storage(configuration)));
    await world.run(() => world.activities.verifyStorage({ clusterUid, configuration }));

    expect(await defaultClasses()).toEqual([storageClass]);
    const { items: claims } = await world.core().listPersistentVolumeClaimForAllNamespaces();
    const { items: volumes } = await world.core().listPersistentVolume();
    expect([claims, volumes]).toEqual([[], []]);
    expect(await world.csiVolumes()).toEqual([]);
    expect(await world.attached()).toEqual([]);
  });

  test('is changed by nothing when it is provided again', async () => {
    await world.run(() => world.activities.provideStorage(world.storage(configuration)));
    const versions = async () => {
      const { items } = await world.core().listSecretForAllNamespaces();
      const { items: classes } = await world.kubernetes.config.makeApiClient(StorageV1Api).listStorageClass();
      return [...items, ...classes].map(({ metadata }) => metadata?.resourceVersion);
    };
    const before = await versions();

    await world.run(() => world.activities.provideStorage(world.storage(configuration)));

    expect(await versions()).toEqual(before);
  });
});

test('a second class is not the default', async () => {
  await world.run(() => world.activities.provideStorage(world.storage(CEPH)));
  await world.run(() => world.activities.provideStorage(world.storage(NFS, false)));

  expect(await defaultClasses()).toEqual(['fast']);
});

test('a token that has a name and no secret is asked for; one that was sealed goes on being used', async () => {
  const without = world.activitiesWith({ csiTokens: new Map() });
  const request = world.storage(CEPH);

  await expect(world.run(() => without.provideStorage(request))).rejects.toMatchObject({
    code: 'CSI_TOKEN_UNKNOWN',
  });
  await world.run(() => world.activities.provideStorage(request));
  await world.run(() => without.provideStorage(request));
});

test('what somebody else has applied is left alone, and named', async () => {
  const storage = world.kubernetes.config.makeApiClient(StorageV1Api);
  await storage.createCSIDriver({
    body: { metadata: { name: 'nfs.csi.k8s.io' }, spec: { attachRequired: true } },
    fieldManager: 'helm',
  });

  const provided = world.run(() => world.activities.provideStorage(world.storage(NFS)));

  await expect(provided).rejects.toMatchObject({
    code: 'CLUSTER_OBJECT_TAKEN',
    message: expect.stringMatching(/CSIDriver nfs\.csi\.k8s\.io: .*helm/),
  });
  const driver = await storage.readCSIDriver({ name: 'nfs.csi.k8s.io' });
  expect(driver.spec.attachRequired).toBe(true);
});

describe('the volumes of a cluster', () => {
  const listed = () => world.run(() => world.activities.listVolumes({ clusterUid: world.clusterUid }));
  const remover = () => {
    const { machines: ledger, images, boots, orphans, permits: limiter, secrets } = world.store;
    return createProxmoxActivities({
      ...{ client: world.client, ledger, images, boots, orphans, limiter, secrets, bootUrl: null },
      ...{
        vmidRange: world.proxmox.vmids,
        isoStorage: 'local',
        importStorage: 'local',
        orphanGraceMinutes: 60,
      },
    });
  };

  test('are listed by the cluster, and removed once no machine has them', async () => {
    await world.run(() => world.activities.provideStorage(world.storage(CEPH)));
    await aClaim('data', 'fast');
    const [volume = ''] = await world.csiVolumes();
    expect(await world.attached()).toEqual([volume]);

    const { volumes, warnings } = await listed();

    expect(volumes).toEqual([{ volume, host: null, claim: 'default/data' }]);
    expect(warnings).toEqual([]);
    await expect(world.run(() => remover().removeCsiVolumes({ volumes }))).rejects.toMatchObject({
      code: 'VOLUME_NOT_REMOVABLE',
      message: `${volume} is a disk of VM 20000`,
    });
    await world.core().deleteNamespacedPod({ namespace: 'default', name: 'data' });
    await eventually(async () => ((await world.attached()).length === 0 ? true : undefined));
    expect(await world.run(() => remover().removeCsiVolumes({ volumes }))).toEqual({ removed: 1 });
    expect(await world.run(() => remover().removeCsiVolumes({ volumes }))).toEqual({ removed: 0 });
    expect(await world.csiVolumes()).toEqual([]);
  });

  test('that a person wants to keep are named instead', async () => {
    await world.run(() => world.activities.provideStorage(world.storage(CEPH)));
    await aClaim('data', 'fast');
    const { items } = await world.core().listPersistentVolume();
    const name = items[0]?.metadata?.name ?? '';
    const body = { spec: { persistentVolumeReclaimPolicy: 'Retain' } };
    const asMerge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
    await world.core().patchPersistentVolume({ name, body }, asMerge);

    const { volumes, warnings } = await listed();

    expect(volumes).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/^volume ceph-vm:vm-9999-pvc-.* of default\/data is left/),
    ]);
  });

  test('of a name that the driver does not give are never removed', async () => {
    const volumes = [{ volume: 'ceph-vm:vm-20000-disk-0', host: null, claim: 'default/data' }];

    const removed = world.run(() => remover().removeCsiVolumes({ volumes }));

    await expect(removed).rejects.toMatchObject({ code: 'VOLUME_NOT_REMOVABLE' });
  });

  test('of a cluster that has none, or had no API, are none', async () => {
    expect(await listed()).toEqual({ volumes: [], warnings: [] });
    await world.store.secrets.removeCluster(world.clusterUid);

    expect(await listed()).toEqual({ volumes: [], warnings: [] });
  });
});

test('a claim that cannot be had says why, in the words of Proxmox VE', async () => {
  const configuration = { ...CEPH, proxmoxStorage: 'nowhere' };
  await world.run(() => world.activities.provideStorage(world.storage(configuration)));
  const check = { storageClass: 'fast', size: '512Mi', images: imagesFrom(null) };

  const objection = await eventually(async () => {
    const found = await claimObjection(world.kubernetes.config, check);
    return found?.includes('No such storage') === true ? found : undefined;
  });

  expect(objection).toMatch(/^claim clusterwright-check-fast is Pending: /);
});
