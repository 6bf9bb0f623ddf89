/** Where a restore has its files on a machine: what was replaced stays there until a person removes it. */

export interface RestorePaths {
  readonly folder: string;
  /** What is restored from; taken away afterwards. */
  readonly snapshot: string;
  /** Data of the member that was there before. */
  readonly kept: string;
}

/** @param restoreId tells restores apart: each one keeps what it replaced. */
export function restorePaths(restoreId: string): RestorePaths {
  const folder = `/var/lib/clusterwright/restore/${restoreId}`;
  return { folder, snapshot: `${folder}/etcd-snapshot`, kept: `${folder}/replaced` };
}
