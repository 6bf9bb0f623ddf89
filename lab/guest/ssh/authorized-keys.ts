/** Who may log in with which key: sshd(8), AUTHORIZED_KEYS FILE FORMAT. */
import { posix } from 'node:path';
import ssh2, { type ParsedKey, type PublicKeyAuthContext } from 'ssh2';
import type { Account } from '../disk/accounts.js';
import type { DiskTree } from '../disk/disk-tree.js';
import { ROOT } from '../disk/inode.js';
import { isThere, readText } from '../disk/root-files.js';

const KEY_TYPES = /(?:^|\s)((?:ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp(?:256|384|521))\s+[A-Za-z0-9+/=]+)/;
const WRITABLE_BY_OTHERS = 0o022;

/** The keys of an account; none when others may write the file, as with `StrictModes`. */
export function authorizedKeys(disk: DiskTree, account: Account): ParsedKey[] {
  const path = posix.join(account.home, '.ssh/authorized_keys');
  if (!isThere(disk, path)) return [];
  const { uid, mode } = disk.stat(path, ROOT);
  if ((uid !== account.uid && uid !== 0) || (mode & WRITABLE_BY_OTHERS) !== 0) return [];
  const lines = (readText(disk, path) ?? '').split('\n').map((line) => line.trim());
  return lines.flatMap((line) => {
    if (line.startsWith('#')) return [];
    // Options may stand in front of the key.
    const [, text] = KEY_TYPES.exec(line) ?? [];
    const key = text === undefined ? undefined : ssh2.utils.parseKey(text);
    return key === undefined || key instanceof Error ? [] : [key];
  });
}

/** Whether the client shows, or proves to have, one of the keys. */
export function isAuthorized(keys: readonly ParsedKey[], context: PublicKeyAuthContext): boolean {
  const key = keys.find((candidate) => candidate.getPublicSSH().equals(context.key.data));
  if (key === undefined) return false;
  // The first request only asks whether the key would do.
  if (context.signature === undefined || context.blob === undefined) return true;
  return key.verify(context.blob, context.signature, context.hashAlgo);
}
