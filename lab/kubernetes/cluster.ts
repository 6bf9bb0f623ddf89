/** What all parts of one control plane work on. */
import type { Latency } from '../latency.js';
import type { ControlPlaneOptions } from './lab-kubernetes.js';
import type { ClusterKeys } from './pki/cluster-keys.js';
import type { Registry } from './registry/registry.js';
import type { ObjectStore } from './store/object-store.js';

export interface Cluster {
  readonly id: string;
  /** Replaced when the cluster is opened with others, as after an upgrade. */
  options: ControlPlaneOptions;
  readonly keys: ClusterKeys;
  readonly registry: Registry;
  readonly store: ObjectStore;
  readonly latency: Latency;
}
