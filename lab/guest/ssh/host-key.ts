/** The SSH host key of a machine: made once an instance, and kept on its disk. */
import { generateKeyPair } from '../../../activities/ssh/key-pair.js';
import type { DiskTree } from '../disk/disk-tree.js';
import { isThere, listNames, putFile, readText, removeAll } from '../disk/root-files.js';

const FOLDER = '/etc/ssh';
const KEY = `${FOLDER}/ssh_host_ed25519_key`;

/** @param fresh whether the keys that are there are thrown away: those of a template are no secret. */
export function makeHostKeys(disk: DiskTree, fresh: boolean): void {
  if (fresh) {
    const old = listNames(disk, FOLDER).filter((name) => /^ssh_host_.*_key(\.pub)?$/.test(name));
    for (const name of old) removeAll(disk, `${FOLDER}/${name}`);
  }
  if (isThere(disk, KEY)) return;
  const pair = generateKeyPair('root@machine');
  putFile(disk, KEY, pair.private, { mode: 0o600 });
  putFile(disk, `${KEY}.pub`, `${pair.public}\n`);
}

/** @returns `undefined` before there is one. */
export function readHostKey(disk: DiskTree): string | undefined {
  return readText(disk, KEY);
}
