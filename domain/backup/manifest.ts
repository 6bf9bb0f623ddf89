/** What a backup is made of, and how it tells of itself: the manifest is written last, so where it is the backup is whole. */
import type { ClusterType } from '../cluster-definition.js';

export const MANIFEST_FORMAT = 1;

/**
 * - `etcd-snapshot`: the state of the cluster, as etcd gives it.
 * - `machine-files`: authorities and keys of a control-plane machine, as a tar archive.
 * - `records`: the definition, the ledger and the secrets of the cluster, as JSON.
 */
export const BACKUP_PARTS = ['etcd-snapshot', 'machine-files', 'records'] as const;
export type BackupPartName = (typeof BACKUP_PARTS)[number];

export interface BackupPart {
  readonly name: BackupPartName;
  /** Of the content before it is encrypted. */
  readonly bytes: number;
  /** Hexadecimal; of the content before it is encrypted. */
  readonly sha256: string;
  /** As it lies at the destination. */
  readonly storedBytes: number;
  readonly storedSha256: string;
}

export interface BackupManifest {
  readonly format: typeof MANIFEST_FORMAT;
  readonly id: string;
  readonly clusterUid: string;
  readonly cluster: string;
  readonly type: ClusterType;
  /** Of Kubernetes or the distribution, as the definition has it. */
  readonly version: string;
  /** When the snapshot was begun; ISO 8601, UTC. */
  readonly takenAt: string;
  /** The machine whose etcd was asked. */
  readonly machine: string;
  readonly encryption: {
    readonly algorithm: 'AES-256-GCM';
    /** Names the key without telling it. */
    readonly keyId: string;
  };
  readonly parts: readonly BackupPart[];
}

interface Whose {
  readonly clusterUid: string;
  readonly id: string;
}

/** What the keys of all objects of a backup begin with. */
export function backupFolder({ clusterUid, id }: Whose): string {
  return `${clusterUid}/${id}/`;
}

export function manifestKey(backup: Whose): string {
  return `${backupFolder(backup)}manifest.json`;
}

/** `.cwb`: see `activities/backup/sealed-stream.ts`. */
export function partKey(backup: Whose, part: BackupPartName): string {
  return `${backupFolder(backup)}${part}.cwb`;
}

/** What is encrypted belongs to one part of one backup: moved elsewhere, it does not open. */
export function partContext({ clusterUid, id }: Whose, part: BackupPartName): readonly string[] {
  return [clusterUid, id, part];
}

/** Of all parts as they are stored. */
export function storedBytes({ parts }: Pick<BackupManifest, 'parts'>): number {
  return parts.reduce((sum, part) => sum + part.storedBytes, 0);
}
