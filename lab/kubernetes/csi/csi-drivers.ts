/** The storage drivers that run in a cluster: claims become volumes, and volumes come to the nodes of their pods. */
import { change, create, remove } from '../api/writer.js';
import type { Cluster } from '../cluster.js';
import type { Controller } from '../controllers/controller.js';
import { recordEvent } from '../controllers/events.js';
import { isActive } from '../controllers/pods.js';
import { isTerminating, objectKey, type KubeObject } from '../model/kube-object.js';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../model/workloads.js';
import { configurationOf, controllerPod, driverNamed, PROXMOX, runsOn, type Driver } from './driver-pods.js';
import { attach, detach, freeVolume, makeVolume } from './proxmox-volumes.js';

const ATTACHMENTS = 'volumeattachments.storage.k8s.io';
const CLASSES = 'storageclasses.storage.k8s.io';
const DRIVERS = 'csidrivers.storage.k8s.io';
const FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer';
const RETRY_MS = 500;
const REGION = 'topology.kubernetes.io/region';
const ZONE = 'topology.kubernetes.io/zone';
const MATTERS = new Set(['pods', 'persistentvolumeclaims', 'persistentvolumes', 'secrets', CLASSES, DRIVERS]);

type Attachment = KubeObject & {
  spec: { nodeName: string; source: { persistentVolumeName: string } };
  status?: { attached: boolean };
};

/** Name of the object that says that a volume is at a node. */
export function attachmentName(volume: string, node: string): string {
  return `csi-${volume}-${node}`.slice(0, 253);
}

export function createCsiDrivers(): Controller {
  /** What is being done, so that it is not done twice at once. */
  const underWay = new Set<string>();

  function work(
    key: string,
    again: (key: string) => void,
    act: () => Promise<void>,
    failed: (why: string) => void,
  ): void {
    if (underWay.has(key)) return;
    underWay.add(key);
    act().then(
      () => {
        underWay.delete(key);
        again(key);
      },
      (error: unknown) => {
        failed(error instanceof Error ? error.message : String(error));
        setTimeout(() => {
          underWay.delete(key);
          again(key);
        }, RETRY_MS).unref();
      },
    );
  }

  return {
    name: 'csi',
    *keys({ resource }, cluster) {
      if (!MATTERS.has(resource) || cluster.store.list(DRIVERS).length === 0) return;
      for (const claim of cluster.store.list('persistentvolumeclaims') as PersistentVolumeClaim[])
        if (claim.status.phase === 'Pending') yield `claim ${objectKey(claim)}`;
      for (const volume of cluster.store.list('persistentvolumes') as PersistentVolume[])
        if (driverNamed(volume.spec.csi?.driver) !== undefined) yield `volume ${objectKey(volume)}`;
    },
    reconcile: (key, cluster, again) => {
      const [kind, name = ''] = key.split(' ');
      if (kind === 'claim') {
        const claim = cluster.store.at('persistentvolumeclaims', name) as PersistentVolumeClaim | undefined;
        if (claim === undefined || isTerminating(claim) || claim.status.phase !== 'Pending') return;
        const act = provisioning(cluster, claim);
        if (act === undefined) return;
        work(key, again, act, (message) => {
          const text = { type: 'Warning', reason: 'ProvisioningFailed', message, source: 'csi' } as const;
          recordEvent(cluster, claim, text);
        });
        return;
      }
      const volume = cluster.store.at('persistentvolumes', name) as PersistentVolume | undefined;
      const act = volume && movement(cluster, volume);
      if (volume === undefined || act === undefined) return;
      work(key, again, act, (message) => {
        const text = { type: 'Warning', reason: 'FailedAttachVolume', message, source: 'csi' } as const;
        recordEvent(cluster, volume, text);
      });
    },
  };
}

/** @returns what makes the claim's volume; `undefined` as long as nobody can. */
function provisioning(cluster: Cluster, claim: PersistentVolumeClaim): (() => Promise<void>) | undefined {
  const { metadata, spec } = claim;
  const name = `pvc-${metadata.uid}`;
  const storageClass = cluster.store.at(CLASSES, spec.storageClassName ?? '');
  const driver = driverNamed(storageClass?.['provisioner']);
  if (
    driver === undefined ||
    storageClass === undefined ||
    cluster.store.at(DRIVERS, driver.name) === undefined
  )
    return undefined;
  if (cluster.store.at('persistentvolumes', name) !== undefined) return undefined;
  const pod = controllerPod(cluster, driver);
  if (pod === undefined) return undefined;
  const parameters = storageClass['parameters'] as Readonly<Record<string, string>>;
  const size = spec.resources?.requests?.['storage'] ?? '1Gi';
  const made = (handle: string, capacity: string, host: string | null): void =>
    createVolume(cluster, claim, { driver, name, handle, capacity, host, storageClass });
  if (driver !== PROXMOX) {
    const { server = '', share = '' } = parameters;
    return async () => made(`${server}#${share.replace(/^\//, '')}#${name}##`, size, null);
  }
  const node = consumers(cluster, claim)[0]?.spec.nodeName;
  const labels = cluster.store.at('nodes', node ?? '')?.metadata.labels ?? {};
  if (node === undefined || !runsOn(cluster, driver, node)) return undefined;
  return async () => {
    const configuration = configurationOf(cluster, pod);
    const zone = labels[ZONE];
    if (labels[REGION] !== configuration.region || zone === undefined)
      throw new Error(`failed to get region or zone for node ${node}`);
    const { storage } = parameters;
    if (storage === undefined) throw new Error('parameter storage must be provided');
    const { handle, bytes, isShared } = await makeVolume(configuration, { name, storage, zone, size });
    made(handle, String(bytes), isShared ? null : zone);
  };
}

/** @returns what brings the volume to where its pods are, away from where they are not, or to its end. */
function movement(cluster: Cluster, volume: PersistentVolume): (() => Promise<void>) | undefined {
  const driver = driverNamed(volume.spec.csi?.driver);
  const handle = volume.spec.csi?.volumeHandle ?? '';
  const pod = driver === undefined ? undefined : controllerPod(cluster, driver);
  if (driver === undefined || pod === undefined) return undefined;
  const { name } = volume.metadata;
  const attachments = (cluster.store.list(ATTACHMENTS) as Attachment[]).filter(
    ({ spec }) => spec.source.persistentVolumeName === name,
  );
  const wanted = isTerminating(volume) ? [] : nodesOf(cluster, volume);
  const needless = attachments.find(({ spec }) => !wanted.includes(spec.nodeName));
  if (needless !== undefined) {
    return async () => {
      await detach(configurationOf(cluster, pod), handle, needless.spec.nodeName);
      remove(cluster, ATTACHMENTS, needless.metadata.name);
    };
  }
  if (isTerminating(volume)) {
    return async () => {
      if (driver === PROXMOX) await freeVolume(configurationOf(cluster, pod), handle);
      change<PersistentVolume>(cluster, 'persistentvolumes', name, ({ metadata }) => {
        metadata.finalizers = [];
      });
    };
  }
  if (driver !== PROXMOX) return undefined;
  const node = wanted.find((one) => !attachments.some(({ spec }) => spec.nodeName === one));
  if (node === undefined) return undefined;
  return async () => {
    await attach(configurationOf(cluster, pod), handle, node);
    create(cluster, ATTACHMENTS, {
      metadata: { name: attachmentName(name, node) },
      spec: { attacher: driver.name, nodeName: node, source: { persistentVolumeName: name } },
      status: { attached: true },
    });
  };
}

interface NewVolume {
  readonly driver: Driver;
  readonly name: string;
  readonly handle: string;
  readonly capacity: string;
  /** `null`: any node can have it. */
  readonly host: string | null;
  readonly storageClass: KubeObject;
}

function createVolume(
  cluster: Cluster,
  { metadata, spec }: PersistentVolumeClaim,
  { driver, name, handle, capacity, host, storageClass }: NewVolume,
): void {
  const onHost = { matchExpressions: [{ key: ZONE, operator: 'In', values: [host] }] };
  create(cluster, 'persistentvolumes', {
    metadata: {
      name,
      annotations: { 'pv.kubernetes.io/provisioned-by': driver.name },
      finalizers: [FINALIZER],
    },
    spec: {
      accessModes: spec.accessModes,
      capacity: { storage: capacity },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        name: metadata.name,
        namespace: metadata.namespace ?? 'default',
        uid: metadata.uid,
      },
      csi: { driver: driver.name, volumeHandle: handle, fsType: 'ext4' },
      ...(host === null ? {} : { nodeAffinity: { required: { nodeSelectorTerms: [onHost] } } }),
      persistentVolumeReclaimPolicy: storageClass['reclaimPolicy'] ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      volumeMode: 'Filesystem',
    },
    status: { phase: 'Pending' },
  });
}

function nodesOf(cluster: Cluster, { spec }: PersistentVolume): string[] {
  const { namespace, name } = spec.claimRef ?? {};
  const claim = cluster.store.at('persistentvolumeclaims', `${namespace}/${name}`) as
    PersistentVolumeClaim | undefined;
  const pods = claim === undefined ? [] : consumers(cluster, claim);
  return [...new Set(pods.flatMap(({ spec: { nodeName } }) => nodeName ?? []))];
}

function consumers(cluster: Cluster, { metadata }: PersistentVolumeClaim): Pod[] {
  const pods = cluster.store.list('pods', metadata.namespace) as Pod[];
  return pods.filter(
    (pod) =>
      pod.spec.nodeName !== undefined &&
      isActive(pod) &&
      (pod.spec.volumes ?? []).some((one) => one.persistentVolumeClaim?.claimName === metadata.name),
  );
}
