/** The ports of the store for backups: which there are, and when clusters are to have one. */
import type { BackupDrill } from '../domain/backup/drill.js';
import type { BackupReason } from '../domain/backup/backup-request.js';
import type { BackupManifest } from '../domain/backup/manifest.js';
import type { RetentionRule } from '../domain/backup/retention.js';

/**
 * - `running`: it is being taken; nothing can be restored from it.
 * - `complete`: it was read back and found to be what was written.
 * - `failed`: there is nothing of it.
 * - `removing`: its objects are being taken away.
 */
export type BackupState = 'running' | 'complete' | 'failed' | 'removing';

/** Backups of all clusters, also of those that are gone. */
export interface BackupRecords {
  /** Written before the first byte is. Asking again with the same id returns the record as it is. */
  begin(backup: NewBackup): Promise<BackupRecord>;
  complete(id: string, manifest: BackupManifest): Promise<void>;
  /** A backup that is complete stays so. */
  failed(id: string, detail: string): Promise<void>;
  /** @returns false when it is being taken, or there is none. */
  removing(id: string): Promise<boolean>;
  /** Nothing of it is at its destination any more. */
  forget(id: string): Promise<void>;
  /** It is being restored into a machine of its own. What came of an earlier drill is forgotten. */
  drillBegins(id: string): Promise<void>;
  /** Without effect where none has begun, or it has ended. */
  drillEnds(id: string, outcome: DrillOutcome): Promise<void>;
  get(id: string): Promise<BackupRecord | undefined>;
  /** Newest first. @param before only those that are older than the backup with this id. */
  list(request: {
    readonly cluster?: string;
    readonly clusterUid?: string;
    readonly destination?: string;
    readonly state?: BackupState;
    readonly limit: number;
    readonly before?: string;
  }): Promise<BackupRecord[]>;
}

export interface DrillOutcome extends Pick<BackupDrill, 'objects' | 'detail'> {
  readonly state: 'passed' | 'failed';
}

export interface NewBackup {
  /** A UUID: that of the operation. */
  readonly id: string;
  readonly clusterUid: string;
  readonly cluster: string;
  readonly destination: string;
  readonly reason: BackupReason;
}

export interface BackupRecord extends NewBackup {
  readonly state: BackupState;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Of a backup that is complete. */
  readonly manifest: BackupManifest | null;
  readonly failure: string | null;
  /** The last one; `null`: it was never drilled. */
  readonly drill: BackupDrill | null;
}

/** When a cluster gets backups by itself; by name, as a person sees it. */
export interface BackupPolicies {
  /** Inserts or replaces. */
  put(cluster: string, policy: BackupPolicy): Promise<KeptBackupPolicy>;
  get(cluster: string): Promise<KeptBackupPolicy | undefined>;
  /** @returns false when there was none. */
  remove(cluster: string): Promise<boolean>;
}

export interface BackupPolicy {
  /** Five fields of cron, in UTC. */
  readonly schedule: string;
  readonly destination: string;
  readonly retention: RetentionRule;
  /** When the newest backup is drilled: five fields of cron, in UTC; `null`: only when a person asks. */
  readonly drillSchedule: string | null;
}

export interface KeptBackupPolicy extends BackupPolicy {
  readonly updatedAt: string;
}
