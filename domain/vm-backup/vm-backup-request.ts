/** What a backup of a cluster's VMs is asked for with. */

/**
 * SNAPSHOT: the guest goes on, and stands still for a moment. SUSPEND: it stands still while its memory is copied. STOP:
 * it is shut down and starts again.
 */
export const VM_BACKUP_MODES = ['SNAPSHOT', 'SUSPEND', 'STOP'] as const;
export type VmBackupMode = (typeof VM_BACKUP_MODES)[number];

export interface VmBackupRequest {
  /** A UUID: that of the operation. */
  readonly backupId: string;
  /** Of Proxmox VE, with the content type `backup`. */
  readonly storage: string;
  readonly mode: VmBackupMode;
  /** `null`: all machines of the cluster. */
  readonly nodeGroups: readonly string[] | null;
  /** How many backups of each machine stay on the storage; `null`: all. */
  readonly keepLast: number | null;
}
