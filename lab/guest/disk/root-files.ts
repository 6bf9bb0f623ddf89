/** Short forms for what the machine itself, as root, does with its files. */
import { posix } from 'node:path';
import type { DiskTree } from './disk-tree.js';
import { ROOT } from './inode.js';

export interface NewFile {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

/** @returns `undefined` where there is no such file. */
export function readText(disk: DiskTree, path: string): string | undefined {
  return isThere(disk, path) ? Buffer.from(disk.readFile(path, ROOT)).toString() : undefined;
}

export function isThere(disk: DiskTree, path: string): boolean {
  try {
    disk.stat(path, ROOT);
    return true;
  } catch {
    return false;
  }
}

/** Writes the whole file and makes the directories that lead to it. Mode and owner are set also where it was there. */
export function putFile(disk: DiskTree, path: string, content: string | Uint8Array, how: NewFile = {}): void {
  makeDirectory(disk, posix.dirname(path));
  const mode = how.mode ?? FILE_MODE;
  disk.writeFile(path, Buffer.from(content), ROOT, mode);
  disk.chmod(path, mode, ROOT);
  disk.chown(path, { uid: how.uid ?? 0, gid: how.gid ?? 0 }, ROOT);
}

export function appendText(disk: DiskTree, path: string, text: string): void {
  const before = isThere(disk, path) ? disk.readFile(path, ROOT) : new Uint8Array();
  makeDirectory(disk, posix.dirname(path));
  disk.writeFile(path, Buffer.concat([before, Buffer.from(text)]), ROOT, FILE_MODE);
}

export function makeDirectory(disk: DiskTree, path: string, mode = DIRECTORY_MODE): void {
  if (isThere(disk, path)) return;
  makeDirectory(disk, posix.dirname(path));
  disk.mkdir(path, ROOT, mode);
}

/** Names in a directory; none where it is not there. */
export function listNames(disk: DiskTree, path: string): string[] {
  return isThere(disk, path) ? [...disk.readdir(path, ROOT).entries.keys()].sort() : [];
}

export function removeAll(disk: DiskTree, path: string): void {
  // The directory is asked: a link that leads nowhere has to go too.
  if (!listNames(disk, posix.dirname(path)).includes(posix.basename(path))) return;
  const node = disk.lstat(path, ROOT);
  if (node.kind === 'directory')
    for (const name of node.entries.keys()) removeAll(disk, posix.join(path, name));
  disk.remove(path, ROOT);
}
