/** Deletes what has lost its owner, and lets owners go that wait for their dependants. */
import type { Cluster } from '../cluster.js';
import { change, remove } from '../api/writer.js';
import { isTerminating, type KubeObject } from '../model/kube-object.js';
import type { ObjectRef } from '../store/object-store.js';
import type { Controller } from './controller.js';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

export const garbageCollector: Controller = {
  name: 'garbage-collector',
  *keys({ type, object }) {
    const { uid, ownerReferences, finalizers } = object.metadata;
    if (type === 'DELETED' || (ownerReferences?.length ?? 0) > 0 || (finalizers?.length ?? 0) > 0) yield uid;
    // An owner that is deleted in the foreground waits for this one.
    if (type === 'DELETED') for (const owner of ownerReferences ?? []) yield owner.uid;
  },
  reconcile: (uid, cluster) => {
    const ref = cluster.store.findByUid(uid);
    if (ref === undefined) {
      for (const dependant of cluster.store.dependantsOf(uid)) collect(cluster, dependant);
      return;
    }
    collect(cluster, ref);
    const object = cluster.store.at(ref.resource, ref.key);
    if (object !== undefined && isTerminating(object)) release(cluster, ref, object);
  },
};

/** Deletes the object if all its owners are gone; else forgets those that are. */
function collect(cluster: Cluster, { resource, key }: ObjectRef): void {
  const owners = cluster.store.at(resource, key)?.metadata.ownerReferences ?? [];
  const living = owners.filter(({ uid }) => cluster.store.findByUid(uid) !== undefined);
  if (owners.length === living.length) return;
  if (living.length === 0) remove(cluster, resource, key);
  else {
    change(cluster, resource, key, (draft) => {
      draft.metadata.ownerReferences = living;
    });
  }
}

function release(cluster: Cluster, { resource, key }: ObjectRef, owner: KubeObject): void {
  const { uid, finalizers = [] } = owner.metadata;
  const dependants = cluster.store.dependantsOf(uid);
  if (finalizers.includes(ORPHAN)) {
    for (const dependant of dependants) disown(cluster, dependant, uid);
    dropFinalizer(cluster, resource, key, ORPHAN);
  }
  if (!finalizers.includes(FOREGROUND)) return;
  for (const dependant of dependants) {
    const object = cluster.store.at(dependant.resource, dependant.key);
    if (object !== undefined && !isTerminating(object)) {
      remove(cluster, dependant.resource, dependant.key, { propagationPolicy: 'Foreground' });
    }
  }
  const isBlocked = cluster.store
    .dependantsOf(uid)
    .map((dependant) => cluster.store.at(dependant.resource, dependant.key))
    .some((object) =>
      object?.metadata.ownerReferences?.some((at) => at.uid === uid && at.blockOwnerDeletion === true),
    );
  if (!isBlocked) dropFinalizer(cluster, resource, key, FOREGROUND);
}

function disown(cluster: Cluster, { resource, key }: ObjectRef, uid: string): void {
  change(cluster, resource, key, (draft) => {
    draft.metadata.ownerReferences =
      draft.metadata.ownerReferences?.filter((owner) => owner.uid !== uid) ?? [];
  });
}

function dropFinalizer(cluster: Cluster, resource: string, key: string, finalizer: string): void {
  change(cluster, resource, key, (draft) => {
    draft.metadata.finalizers = draft.metadata.finalizers?.filter((name) => name !== finalizer) ?? [];
  });
}
