/** What a backup is asked for with. */
import type { RetentionRule } from './retention.js';

/** Who wanted it. */
export const BACKUP_REASONS = ['requested', 'scheduled', 'before-upgrade'] as const;
export type BackupReason = (typeof BACKUP_REASONS)[number];

export interface BackupRequest {
  /** A UUID: that of the operation. */
  readonly backupId: string;
  /** Name of a destination; `null`: the default one. */
  readonly destination: string | null;
  readonly reason: BackupReason;
  /** What is kept at the destination afterwards; `null`: what the configuration says. */
  readonly retention: RetentionRule | null;
}

/** What a run of the Schedule of a cluster has to say. */
export interface ScheduledBackup {
  readonly requested: boolean;
  /** Why nothing was asked for. */
  readonly reason: string | null;
}
