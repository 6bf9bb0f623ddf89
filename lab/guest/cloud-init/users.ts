/** cloud-init's modules `users_groups` and `ssh`: who may log in. */
import { posix } from 'node:path';
import { addAccount, findAccount, type Account } from '../disk/accounts.js';
import type { DiskTree } from '../disk/disk-tree.js';
import { appendText, isThere, makeDirectory, putFile, readText } from '../disk/root-files.js';
import type { CloudConfig, UserEntry } from './cloud-config.js';

const DEFAULT_USER: UserEntry = {
  name: 'ubuntu',
  gecos: 'Ubuntu',
  shell: '/bin/bash',
  groups: ['adm', 'cdrom', 'dip', 'lxd', 'sudo'],
  sudo: 'ALL=(ALL) NOPASSWD:ALL',
};
const SUDOERS = '/etc/sudoers.d/90-cloud-init-users';
const USER_NAME = /^[a-z_][a-z0-9_-]{0,31}$/;

/** @throws Error for a user that useradd(8) refuses. */
export function setUpUsers(disk: DiskTree, config: CloudConfig): void {
  // Without `users` the image's own user is made; with it, only where it is listed.
  const entries = (config.users ?? ['default']).flatMap((entry) => resolve(entry));
  for (const entry of entries) {
    if (!USER_NAME.test(entry.name)) throw new Error(`useradd: invalid user name '${entry.name}'`);
    const account = findAccount(disk, entry.name) ?? addAccount(disk, newAccount(entry));
    authorize(disk, account, entry.ssh_authorized_keys ?? []);
    for (const rule of sudoRules(entry)) {
      appendText(disk, SUDOERS, `# User rules for ${entry.name}\n${entry.name} ${rule}\n\n`);
    }
  }
  const isDefaultThere = entries.some(({ name }) => name === DEFAULT_USER.name);
  const keys = config.ssh_authorized_keys ?? [];
  const defaultUser = isDefaultThere ? findAccount(disk, DEFAULT_USER.name) : undefined;
  if (defaultUser !== undefined) authorize(disk, defaultUser, keys);
  const root = findAccount(disk, 'root');
  if (config.disable_root === false && root !== undefined) authorize(disk, root, keys);
}

function resolve(entry: string | UserEntry): UserEntry[] {
  if (typeof entry !== 'string') return entry.name === 'default' ? [DEFAULT_USER] : [entry];
  return entry
    .split(',')
    .map((name) => name.trim())
    .map((name) => (name === 'default' ? DEFAULT_USER : { name }));
}

function newAccount({ name, gecos = '', homedir, shell = '/bin/sh', groups = [] }: UserEntry) {
  const list = typeof groups === 'string' ? groups.split(',') : groups;
  const names = list.map((group) => group.trim()).filter((group) => group !== '');
  return { name, comment: gecos, home: homedir, shell, groups: names };
}

function sudoRules({ sudo }: UserEntry): readonly string[] {
  if (sudo === undefined || sudo === null || sudo === false) return [];
  return typeof sudo === 'string' ? [sudo] : sudo;
}

function authorize(disk: DiskTree, account: Account, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const folder = posix.join(account.home, '.ssh');
  const path = posix.join(folder, 'authorized_keys');
  if (!isThere(disk, folder)) {
    makeDirectory(disk, folder, 0o700);
    disk.chown(folder, account, { uid: 0, gid: 0, groups: [] });
  }
  const before = (readText(disk, path) ?? '').split('\n').filter((line) => line !== '');
  const all = new Set([...before, ...keys.map((key) => key.trim())]);
  putFile(disk, path, `${[...all].join('\n')}\n`, { mode: 0o600, uid: account.uid, gid: account.gid });
}
