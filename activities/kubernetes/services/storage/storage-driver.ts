/** A storage driver, as it runs in a cluster. */
import type { V1PolicyRule } from '@kubernetes/client-node';
import type { StorageConfiguration } from '../../../../domain/services/configuration.js';
import type { ClusterObject } from '../cluster-object.js';

export interface StorageDriver {
  /** In the order in which they are applied. */
  readonly objects: readonly ClusterObject[];
  readonly storageClass: ClusterObject;
}

/** The smallest size that the driver makes, so that checking takes as little as possible. */
export const SMALLEST_CLAIM: Readonly<Record<StorageConfiguration['kind'], string>> = {
  PROXMOX_CSI: '512Mi',
  NFS: '1Mi',
};

export const CLASS_LABELS = {
  'app.kubernetes.io/component': 'storage-class',
  'app.kubernetes.io/managed-by': 'clusterwright',
} as const;

const READ = ['get', 'list', 'watch'];
const CORE = '';
const STORAGE = 'storage.k8s.io';

/** What provisioner and resizer need; an attacher needs {@link ATTACHER_RULES} too. */
export const CONTROLLER_RULES: V1PolicyRule[] = [
  {
    apiGroups: [CORE],
    resources: ['persistentvolumes'],
    verbs: [...READ, 'create', 'patch', 'update', 'delete'],
  },
  { apiGroups: [CORE], resources: ['persistentvolumeclaims'], verbs: [...READ, 'update'] },
  { apiGroups: [CORE], resources: ['persistentvolumeclaims/status'], verbs: ['patch', 'update'] },
  { apiGroups: [CORE], resources: ['events'], verbs: [...READ, 'create', 'update', 'patch'] },
  { apiGroups: [CORE], resources: ['nodes', 'pods'], verbs: READ },
  { apiGroups: [STORAGE], resources: ['storageclasses', 'csinodes', 'volumeattributesclasses'], verbs: READ },
];

export const ATTACHER_RULES: V1PolicyRule[] = [
  { apiGroups: [STORAGE], resources: ['volumeattachments'], verbs: [...READ, 'patch'] },
  { apiGroups: [STORAGE], resources: ['volumeattachments/status'], verbs: ['patch'] },
];

/** In the namespace of the controller. */
export const LEASE_RULES: V1PolicyRule[] = [
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: [...READ, 'create', 'update', 'patch', 'delete'],
  },
];

/** By them the scheduler knows where there is room. */
export const CAPACITY_RULES: V1PolicyRule[] = [
  {
    apiGroups: [STORAGE],
    resources: ['csistoragecapacities'],
    verbs: [...READ, 'create', 'update', 'patch', 'delete'],
  },
  { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['get'] },
];
