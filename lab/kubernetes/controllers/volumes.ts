/** Binds claims to volumes: those that exist, or those that the local-path provisioner makes for a scheduled pod. */
import type { Cluster } from '../cluster.js';
import { change, create, remove } from '../api/writer.js';
import { isTerminating, keyOf, objectKey } from '../model/kube-object.js';
import { parseQuantity } from '../model/quantity.js';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../model/workloads.js';
import type { Controller } from './controller.js';
import { ownKeys } from './control-loop.js';

const CLAIMS = 'persistentvolumeclaims';
const VOLUMES = 'persistentvolumes';
const PROVISIONER = 'rancher.io/local-path';

export const volumes: Controller = {
  name: 'volumes',
  *keys(changed, cluster) {
    yield* ownKeys(changed, CLAIMS);
    const { namespace } = changed.object.metadata;
    if (changed.resource === 'pods') {
      for (const name of claimNames(changed.object as Pod)) yield keyOf(namespace, name);
    }
    if (changed.resource === VOLUMES) for (const claim of cluster.store.list(CLAIMS)) yield objectKey(claim);
  },
  reconcile: (key, cluster) => {
    const claim = cluster.store.at(CLAIMS, key) as PersistentVolumeClaim | undefined;
    if (claim === undefined) release(cluster, key);
    else if (!isTerminating(claim) && claim.status.phase === 'Pending') {
      const volume = existingVolume(cluster, claim) ?? provision(cluster, claim);
      if (volume !== undefined) bind(cluster, claim, volume);
    }
  },
};

function claimNames({ spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) =>
    claim === undefined ? [] : [claim.claimName],
  );
}

function existingVolume(
  cluster: Cluster,
  { spec, metadata }: PersistentVolumeClaim,
): PersistentVolume | undefined {
  const wanted = parseQuantity(spec.resources?.requests?.['storage']) ?? 0;
  return (cluster.store.list(VOLUMES) as PersistentVolume[]).find((volume) => {
    const { claimRef, storageClassName = '', capacity, accessModes = [] } = volume.spec;
    if (claimRef?.uid === metadata.uid) return true;
    return (
      (claimRef === undefined ||
        (claimRef.uid === undefined &&
          claimRef.name === metadata.name &&
          claimRef.namespace === metadata.namespace)) &&
      (spec.volumeName === undefined || spec.volumeName === volume.metadata.name) &&
      storageClassName === (spec.storageClassName ?? '') &&
      (parseQuantity(capacity?.['storage']) ?? 0) >= wanted &&
      (spec.accessModes ?? []).every((mode) => accessModes.includes(mode))
    );
  });
}

/** Waits for a pod: a local volume lies on the pod's node. */
function provision(
  cluster: Cluster,
  { metadata, spec }: PersistentVolumeClaim,
): PersistentVolume | undefined {
  const storageClass = cluster.store.at('storageclasses.storage.k8s.io', spec.storageClassName ?? '');
  const pods = cluster.store.list('pods', metadata.namespace) as Pod[];
  const consumer = pods.find(
    (pod) => pod.spec.nodeName !== undefined && claimNames(pod).includes(metadata.name),
  );
  if (storageClass?.['provisioner'] !== PROVISIONER || consumer === undefined) return undefined;
  const name = `pvc-${metadata.uid}`;
  return create(cluster, VOLUMES, {
    metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': PROVISIONER } },
    spec: {
      accessModes: spec.accessModes,
      capacity: spec.resources?.requests,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...identity(metadata) },
      hostPath: {
        path: `/var/lib/rancher/k3s/storage/${name}_${metadata.namespace}_${metadata.name}`,
        type: 'DirectoryOrCreate',
      },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            {
              matchExpressions: [
                { key: 'kubernetes.io/hostname', operator: 'In', values: [consumer.spec.nodeName] },
              ],
            },
          ],
        },
      },
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: spec.storageClassName,
      volumeMode: 'Filesystem',
    },
    status: { phase: 'Pending' },
  }) as PersistentVolume;
}

function bind(cluster: Cluster, claim: PersistentVolumeClaim, volume: PersistentVolume): void {
  change<PersistentVolume>(cluster, VOLUMES, volume.metadata.name, (draft) => {
    draft.spec.claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...identity(claim.metadata) };
    draft.status = { phase: 'Bound' };
  });
  change<PersistentVolumeClaim>(cluster, CLAIMS, objectKey(claim), (draft) => {
    draft.spec.volumeName = volume.metadata.name;
    draft.status = {
      phase: 'Bound',
      accessModes: volume.spec.accessModes ?? [],
      capacity: volume.spec.capacity ?? {},
    };
  });
}

function release(cluster: Cluster, claimKey: string): void {
  for (const { metadata, spec } of cluster.store.list(VOLUMES) as PersistentVolume[]) {
    if (spec.claimRef === undefined || keyOf(spec.claimRef.namespace, spec.claimRef.name ?? '') !== claimKey)
      continue;
    if (spec.persistentVolumeReclaimPolicy === 'Delete') remove(cluster, VOLUMES, metadata.name);
    else {
      change<PersistentVolume>(cluster, VOLUMES, metadata.name, (draft) => {
        draft.status = { phase: 'Released' };
      });
    }
  }
}

function identity({ name, namespace, uid }: PersistentVolumeClaim['metadata']): {
  name: string;
  namespace: string;
  uid: string;
} {
  return { name, namespace: namespace ?? 'default', uid };
}
