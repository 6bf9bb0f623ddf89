/** A drill restores a backup into a machine of its own, to see that it can be: it touches nothing of the cluster. */

/** What came of the last drill of a backup. */
export interface BackupDrill {
  readonly state: 'running' | 'passed' | 'failed';
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Of the snapshot, all of which were found; `null` unless it was passed. */
  readonly objects: number | null;
  /** Why it failed. */
  readonly detail: string | null;
}

/** Phases in which a cluster has no use of its backups being tried, or is about to end. */
const BEFORE_AND_AFTER: ReadonlySet<string> = new Set(['DECOMMISSIONING', 'GONE']);

export function mayBeDrilled(phase: string): boolean {
  return !BEFORE_AND_AFTER.has(phase);
}

const PREFIX = 'drill-b';

/** Like no name of a machine of a group: those end in a number. At most 63 characters, as a host name has to be. */
export function scratchName(cluster: string, backupId: string): string {
  return `${cluster}-${PREFIX}${backupId.slice(0, 8)}`;
}

/** Also of a drill of another backup, that was ended by force. */
export function isScratch(cluster: string, machine: string): boolean {
  return machine.startsWith(`${cluster}-${PREFIX}`);
}

/** Under this name the vault has, for as long as the drill lasts, the token that the snapshot is read with. */
export const DRILL_TOKEN = 'drill-join-token';
const JOIN_TOKEN = '{{secret:join-token}}';

/** The content of a file, with the token of the backup in place of that of the cluster. */
export function withDrillToken(content: string): string {
  return content.replaceAll(JOIN_TOKEN, `{{secret:${DRILL_TOKEN}}}`);
}
