/** Keeps a cluster across restarts of the lab. */
import type { LabState } from '../../state.js';
import type { ControlPlaneOptions } from '../lab-kubernetes.js';
import type { ClusterKeys } from '../pki/cluster-keys.js';
import type { ObjectStore, StoredCluster } from './object-store.js';

export interface ClusterFile {
  readonly options: ControlPlaneOptions;
  readonly keys: ClusterKeys;
  readonly content: StoredCluster;
}

/** A file is written whole: a big cluster gathers more changes for each writing. */
const OBJECTS_PER_MILLISECOND = 20;

export function loadCluster(id: string, state: LabState): ClusterFile | undefined {
  return state.load<ClusterFile>(stateKey(id));
}

export function removeCluster(id: string, state: LabState): void {
  state.remove(stateKey(id));
}

/**
 * Saves the cluster after each change.
 * @returns a function that saves what is left, and ends it.
 */
export function keepSaved(
  id: string,
  state: LabState,
  cluster: { readonly options: ControlPlaneOptions; readonly keys: ClusterKeys; readonly store: ObjectStore },
): () => void {
  let timer: NodeJS.Timeout | null = null;
  const save = (): void => {
    timer = null;
    const { options, keys, store } = cluster;
    state.save(stateKey(id), (): ClusterFile => ({ options, keys, content: store.snapshot() }));
  };
  const unsubscribe = cluster.store.subscribe(() => {
    timer ??= setTimeout(save, cluster.store.size / OBJECTS_PER_MILLISECOND);
  });
  save();
  return () => {
    unsubscribe();
    if (timer === null) return;
    clearTimeout(timer);
    save();
  };
}

function stateKey(id: string): string {
  return `kubernetes/${id}`;
}
