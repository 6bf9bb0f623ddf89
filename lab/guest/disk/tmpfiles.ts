/** Directories that are made anew in memory file systems: tmpfiles.d(5), lines of the type `d`. */
import { posix } from 'node:path';
import { findAccount, groupId } from './accounts.js';
import type { DiskTree } from './disk-tree.js';
import { ROOT } from './inode.js';
import { isThere, listNames, makeDirectory, readText } from './root-files.js';

const FOLDERS = ['/usr/lib/tmpfiles.d', '/etc/tmpfiles.d'];

/** At each boot, and when a package brings some. */
export function applyTmpfiles(disk: DiskTree): void {
  const files = FOLDERS.flatMap((folder) => listNames(disk, folder).map((name) => posix.join(folder, name)));
  for (const line of files.flatMap((file) => (readText(disk, file) ?? '').split('\n'))) {
    const [, path, mode, user = 'root', group = 'root'] =
      /^d\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)/.exec(line) ?? [];
    if (path === undefined || mode === undefined || isThere(disk, path)) continue;
    makeDirectory(disk, path);
    disk.chmod(path, Number.parseInt(mode, 8), ROOT);
    disk.chown(path, { uid: findAccount(disk, user)?.uid ?? 0, gid: groupId(disk, group) ?? 0 }, ROOT);
  }
}
