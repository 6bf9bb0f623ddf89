/** Columns of what holds configuration, storage and rights. */
import { isJsonObject, valueAt } from '../model/json.js';
import type { KubeObject } from '../model/kube-object.js';
import type { Condition, PersistentVolume, PersistentVolumeClaim } from '../model/workloads.js';
import { age, AGE, column, field, integer, joined, NAME, wide, type Column } from './column.js';

const ACCESS_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};
const CREATED_AT: Column = { name: 'Created At', cell: ({ metadata }) => metadata.creationTimestamp };

export const NAMESPACE_COLUMNS: readonly Column[] = [NAME, field('Status', 'status.phase'), AGE];
export const CONFIG_MAP_COLUMNS: readonly Column[] = [NAME, count('Data', 'data'), AGE];
export const SECRET_COLUMNS: readonly Column[] = [NAME, field('Type', 'type'), count('Data', 'data'), AGE];
export const SERVICE_ACCOUNT_COLUMNS: readonly Column[] = [NAME, count('Secrets', 'secrets'), AGE];
export const ROLE_COLUMNS: readonly Column[] = [NAME, CREATED_AT];
export const DEFINITION_COLUMNS: readonly Column[] = [NAME, CREATED_AT];
export const BINDING_COLUMNS: readonly Column[] = [
  NAME,
  column('Role', (object) => `${text(object, 'roleRef.kind')}/${text(object, 'roleRef.name')}`),
  AGE,
];
export const LEASE_COLUMNS: readonly Column[] = [NAME, field('Holder', 'spec.holderIdentity', ''), AGE];
export const REVISION_COLUMNS: readonly Column[] = [
  NAME,
  column('Controller', ({ metadata: { ownerReferences } }) => {
    const owner = ownerReferences?.[0];
    return owner === undefined
      ? '<none>'
      : `${owner.kind.toLowerCase()}.${owner.apiVersion.split('/')[0]}/${owner.name}`;
  }),
  integer('Revision', 'revision'),
  AGE,
];
export const PRIORITY_COLUMNS: readonly Column[] = [
  NAME,
  integer('Value', 'value'),
  column('Global-Default', (object) => object['globalDefault'] === true),
  AGE,
  field('PreemptionPolicy', 'preemptionPolicy'),
];
export const NETWORK_POLICY_COLUMNS: readonly Column[] = [
  NAME,
  column('Pod-Selector', (object) => {
    const labels = valueAt(object, ['spec', 'podSelector', 'matchLabels']);
    return joined(
      isJsonObject(labels) ? Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`) : [],
    );
  }),
  AGE,
];
export const INGRESS_CLASS_COLUMNS: readonly Column[] = [
  NAME,
  field('Controller', 'spec.controller'),
  field('Parameters', 'spec.parameters.name'),
  AGE,
];
export const STORAGE_CLASS_COLUMNS: readonly Column[] = [
  {
    ...NAME,
    cell: ({ metadata: { name, annotations } }) =>
      annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true' ? `${name} (default)` : name,
  },
  field('Provisioner', 'provisioner'),
  field('ReclaimPolicy', 'reclaimPolicy', 'Delete'),
  field('VolumeBindingMode', 'volumeBindingMode', 'Immediate'),
  column('AllowVolumeExpansion', (object) => object['allowVolumeExpansion'] === true),
  AGE,
];
export const CLAIM_COLUMNS: readonly Column[] = [
  NAME,
  field('Status', 'status.phase'),
  field('Volume', 'spec.volumeName', ''),
  column<PersistentVolumeClaim>('Capacity', ({ status }) => status.capacity?.['storage'] ?? ''),
  column<PersistentVolumeClaim>('Access Modes', ({ status }) => modes(status.accessModes)),
  field('StorageClass', 'spec.storageClassName', ''),
  field('VolumeAttributesClass', 'spec.volumeAttributesClassName', '<unset>'),
  AGE,
  wide(field('VolumeMode', 'spec.volumeMode', '<unset>')),
];
export const VOLUME_COLUMNS: readonly Column[] = [
  NAME,
  column<PersistentVolume>('Capacity', ({ spec }) => spec.capacity?.['storage'] ?? ''),
  column<PersistentVolume>('Access Modes', ({ spec }) => modes(spec.accessModes)),
  field('Reclaim Policy', 'spec.persistentVolumeReclaimPolicy', 'Retain'),
  field('Status', 'status.phase', 'Available'),
  column<PersistentVolume>('Claim', ({ spec: { claimRef } }) =>
    claimRef ? `${claimRef.namespace}/${claimRef.name}` : '',
  ),
  field('StorageClass', 'spec.storageClassName', ''),
  field('VolumeAttributesClass', 'spec.volumeAttributesClassName', '<unset>'),
  field('Reason', 'status.reason', ''),
  AGE,
  wide(field('VolumeMode', 'spec.volumeMode', '<unset>')),
];
export const DISRUPTION_BUDGET_COLUMNS: readonly Column[] = [
  NAME,
  field('Min Available', 'spec.minAvailable', 'N/A'),
  field('Max Unavailable', 'spec.maxUnavailable', 'N/A'),
  integer('Allowed Disruptions', 'status.disruptionsAllowed'),
  AGE,
];
export const EVENT_COLUMNS: readonly Column[] = [
  column('Last Seen', (object) => age(text(object, 'lastTimestamp') || undefined)),
  field('Type', 'type', ''),
  field('Reason', 'reason', ''),
  column(
    'Object',
    (object) => `${text(object, 'involvedObject.kind').toLowerCase()}/${text(object, 'involvedObject.name')}`,
  ),
  wide(field('Subobject', 'involvedObject.fieldPath', '')),
  wide(field('Source', 'source.component', '')),
  field('Message', 'message', ''),
  wide(column('First Seen', (object) => age(text(object, 'firstTimestamp') || undefined))),
  wide(integer('Count', 'count')),
  wide(NAME),
];
export const CERTIFICATE_REQUEST_COLUMNS: readonly Column[] = [
  NAME,
  AGE,
  field('SignerName', 'spec.signerName'),
  field('Requestor', 'spec.username'),
  field('RequestedDuration', 'spec.expirationSeconds'),
  column('Condition', (object) => {
    const conditions = (valueAt(object, ['status', 'conditions']) ?? []) as Condition[];
    const words = conditions.map(({ type }) => type);
    if (valueAt(object, ['status', 'certificate']) !== undefined) words.push('Issued');
    return words.length === 0 ? 'Pending' : words.join(',');
  }),
];

function count(name: string, path: string): Column {
  return {
    name,
    type: 'string',
    cell: (object) => {
      const value = valueAt(object, path.split('.'));
      return String(typeof value === 'object' && value !== null ? Object.keys(value).length : 0);
    },
  };
}

function text(object: KubeObject, path: string): string {
  const value = valueAt(object, path.split('.'));
  return typeof value === 'string' ? value : '';
}

function modes(accessModes: readonly string[] | undefined): string {
  return (accessModes ?? []).map((mode) => ACCESS_MODES[mode] ?? mode).join(',');
}
