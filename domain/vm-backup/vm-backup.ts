/** A backup of a VM on a storage of Proxmox VE, and what proves whose it is. */

/** Whose a backup is, and which operation took it. */
export interface VmBackupMark {
  readonly clusterUid: string;
  readonly machineUuid: string;
  readonly backupId: string;
  /** Name of the machine, for people. */
  readonly machine: string;
}

export interface VmBackup extends VmBackupMark {
  /** Such as `nas:backup/vzdump-qemu-100-2026_01_31-02_00_00.vma.zst`. */
  readonly volume: string;
  /** On which its storage is; `null`: the hosts share it. */
  readonly host: string | null;
  /** ISO 8601, UTC. */
  readonly takenAt: string;
  readonly sizeBytes: number;
  /** Proxmox VE removes it only after a person has taken its protection off. */
  readonly isProtected: boolean;
}

export interface VmBackups {
  readonly items: readonly VmBackup[];
  /** Hosts that were not looked at, as they are down. */
  readonly notSeen: readonly string[];
}

const MARK = /^clusterwright-backup: ([^/\s]+)\/([^/\s]+)\/([^/\s]+) (\S+)$/;

/** One line, as some storages keep no more than the first. */
export function vmBackupNotes({ clusterUid, machineUuid, backupId, machine }: VmBackupMark): string {
  return `clusterwright-backup: ${clusterUid}/${machineUuid}/${backupId} ${machine}`;
}

/** @returns `undefined` for notes that are not ours: such a backup is never touched. */
export function parseVmBackupNotes(notes: string): VmBackupMark | undefined {
  const [, clusterUid, machineUuid, backupId, machine] = MARK.exec(notes.split('\n')[0]?.trim() ?? '') ?? [];
  if (clusterUid === undefined || machineUuid === undefined) return undefined;
  if (backupId === undefined || machine === undefined) return undefined;
  return { clusterUid, machineUuid, backupId, machine };
}

/** Newest first; of the same second in the order of their names. */
export function newestFirst<T extends Pick<VmBackup, 'takenAt' | 'volume'>>(backups: readonly T[]): T[] {
  return backups.toSorted((a, b) => compare(b.takenAt, a.takenAt) || compare(b.volume, a.volume));
}

/**
 * Those of one machine on one storage that are not kept. One that is protected is no concern of a rule: it stays, and
 * counts for nothing.
 * @param keepLast at least 1. @param backupId of the operation that asks: what it took stays whatever clocks say.
 */
export function outdatedVmBackups(
  backups: readonly VmBackup[],
  keepLast: number,
  backupId: string,
): VmBackup[] {
  const removable = backups.filter(({ isProtected }) => !isProtected);
  const own = removable.filter((backup) => backup.backupId === backupId);
  const older = newestFirst(removable.filter((backup) => backup.backupId !== backupId));
  return older.slice(Math.max(0, keepLast - Math.min(1, own.length)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
