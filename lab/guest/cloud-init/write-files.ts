/** cloud-init's module `write_files`. */
import { gunzipSync } from 'node:zlib';
import { findAccount, groupId } from '../disk/accounts.js';
import type { DiskTree } from '../disk/disk-tree.js';
import { ROOT } from '../disk/inode.js';
import { isThere, putFile } from '../disk/root-files.js';
import type { FileEntry } from './cloud-config.js';

const DEFAULT_MODE = 0o644;
const MOST_UNPACKED_BYTES = 16 * 1024 * 1024;

/** @throws Error for a file whose owner is not known or whose content cannot be decoded. */
export function writeFiles(disk: DiskTree, files: readonly FileEntry[]): void {
  for (const {
    path,
    content = '',
    encoding = 'text/plain',
    permissions,
    owner = 'root:root',
    append,
  } of files) {
    if (!path.startsWith('/')) throw new Error(`write_files: '${path}' is no absolute path`);
    const [user = 'root', group = user] = owner.split(':');
    const [uid, gid] = [findAccount(disk, user)?.uid, groupId(disk, group)];
    if (uid === undefined || gid === undefined) throw new Error(`Unknown user or group: "${owner}"`);
    const mode = permissions === undefined ? DEFAULT_MODE : Number.parseInt(permissions, 8);
    if (Number.isNaN(mode)) throw new Error(`write_files: '${permissions}' are no permissions`);
    const bytes = decode(content, encoding);
    const before = append === true && isThere(disk, path) ? disk.readFile(path, ROOT) : new Uint8Array();
    putFile(disk, path, Buffer.concat([before, bytes]), { mode, uid, gid });
  }
}

function decode(content: string, encoding: string): Uint8Array {
  switch (encoding.toLowerCase().trim()) {
    case 'b64':
    case 'base64':
      return Buffer.from(content, 'base64');
    case 'gz+b64':
    case 'gz+base64':
    case 'gzip+b64':
    case 'gzip+base64':
      return gunzipSync(Buffer.from(content, 'base64'), { maxOutputLength: MOST_UNPACKED_BYTES });
    default:
      // An encoding that cloud-init does not know is taken as text, with a warning in its log.
      return Buffer.from(content);
  }
}
