/** What a file system is made of. */

export interface Ownership {
  /** Permission bits, such as `0o644`; the sticky bit counts too. */
  mode: number;
  uid: number;
  gid: number;
  /** Milliseconds since the epoch. */
  mtime: number;
}

export interface FileNode extends Ownership {
  readonly kind: 'file';
  content: Uint8Array;
}

export interface DirectoryNode extends Ownership {
  readonly kind: 'directory';
  readonly entries: Map<string, Inode>;
}

export interface LinkNode extends Ownership {
  readonly kind: 'link';
  readonly target: string;
}

export type Inode = FileNode | DirectoryNode | LinkNode;

/** On whose behalf something is done. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

export const ROOT: Credentials = { uid: 0, gid: 0, groups: [] };

export type Permission = 'read' | 'write' | 'execute';

const BITS: Readonly<Record<Permission, number>> = { read: 4, write: 2, execute: 1 };

/** path_resolution(7): the first class that fits decides; root may do all, but executes only what somebody may. */
export function allows(node: Ownership, who: Credentials, permission: Permission): boolean {
  const bit = BITS[permission];
  if (who.uid === 0) return permission !== 'execute' || (node.mode & 0o111) !== 0 || 'entries' in node;
  if (node.uid === who.uid) return (node.mode & (bit << 6)) !== 0;
  if (node.gid === who.gid || who.groups.includes(node.gid)) return (node.mode & (bit << 3)) !== 0;
  return (node.mode & bit) !== 0;
}
