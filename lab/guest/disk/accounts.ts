/** Who there is on a machine: passwd(5), group(5) and sudoers(5) as far as cloud images use them. */
import { posix } from 'node:path';
import type { DiskTree } from './disk-tree.js';
import type { Credentials } from './inode.js';
import { isThere, listNames, makeDirectory, putFile, readText } from './root-files.js';

export interface Account extends Credentials {
  readonly name: string;
  readonly home: string;
  readonly shell: string;
}

export interface NewAccount {
  readonly name: string;
  readonly comment: string;
  readonly home: string | undefined;
  readonly shell: string;
  /** Groups beside its own; those that are missing are made. */
  readonly groups: readonly string[];
}

const PASSWD = '/etc/passwd';
const GROUP = '/etc/group';
const SUDOERS = '/etc/sudoers';
const SUDOERS_FOLDER = '/etc/sudoers.d';
const FIRST_USER_ID = 1_000;
const LAST_USER_ID = 60_000;
const HOME_MODE = 0o750;

interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export function findAccount(disk: DiskTree, name: string): Account | undefined {
  return accounts(disk).find((account) => account.name === name);
}

export function findAccountById(disk: DiskTree, uid: number): Account | undefined {
  return accounts(disk).find((account) => account.uid === uid);
}

export function rootAccount(disk: DiskTree): Account {
  return (
    findAccountById(disk, 0) ?? { name: 'root', uid: 0, gid: 0, groups: [], home: '/root', shell: '/bin/sh' }
  );
}

export function groupName(disk: DiskTree, gid: number): string | undefined {
  return groups(disk).find((group) => group.gid === gid)?.name;
}

export function groupId(disk: DiskTree, name: string): number | undefined {
  return groups(disk).find((group) => group.name === name)?.gid;
}

/** Makes the account with a group of its own and its home directory. */
export function addAccount(disk: DiskTree, wanted: NewAccount): Account {
  const taken = new Set(accounts(disk).map(({ uid }) => uid));
  let uid = FIRST_USER_ID;
  while (taken.has(uid)) uid += 1;
  const home = wanted.home ?? `/home/${wanted.name}`;
  const gid = addGroup(disk, wanted.name);
  for (const group of wanted.groups) joinGroup(disk, group, wanted.name);
  const line = [wanted.name, 'x', uid, gid, wanted.comment.replaceAll(':', ' '), home, wanted.shell].join(
    ':',
  );
  putFile(disk, PASSWD, `${readText(disk, PASSWD) ?? ''}${line}\n`);
  if (!isThere(disk, home)) {
    makeDirectory(disk, home, HOME_MODE);
    disk.chown(home, { uid, gid }, { uid: 0, gid: 0, groups: [] });
  }
  return findAccount(disk, wanted.name) ?? rootAccount(disk);
}

/** An account that a package's daemon runs as, where it is missing. Its ids come from below those of persons. */
export function addSystemAccount(disk: DiskTree, name: string, home: string): void {
  if (findAccount(disk, name) !== undefined) return;
  const taken = new Set([...accounts(disk).map(({ uid }) => uid), ...groups(disk).map(({ gid }) => gid)]);
  let id = FIRST_USER_ID - 1;
  while (taken.has(id)) id -= 1;
  writeGroups(disk, [...groups(disk), { name, gid: id, members: [] }]);
  const line = [name, 'x', id, id, '', home, '/usr/sbin/nologin'].join(':');
  putFile(disk, PASSWD, `${readText(disk, PASSWD) ?? ''}${line}\n`);
  makeDirectory(disk, home);
}

/** @returns the id of the group, made where it was missing. */
export function addGroup(disk: DiskTree, name: string): number {
  const all = groups(disk);
  const existing = all.find((group) => group.name === name);
  if (existing !== undefined) return existing.gid;
  const free =
    Math.max(FIRST_USER_ID - 1, ...all.map(({ gid }) => gid).filter((gid) => gid < LAST_USER_ID)) + 1;
  writeGroups(disk, [...all, { name, gid: free, members: [] }]);
  return free;
}

export function joinGroup(disk: DiskTree, name: string, member: string): void {
  addGroup(disk, name);
  const all = groups(disk).map((group) =>
    group.name === name ? { ...group, members: [...new Set([...group.members, member])] } : group,
  );
  writeGroups(disk, all);
}

/** What sudo lets the account do: all with a password, all without one, or nothing. */
export function sudoRight(disk: DiskTree, account: Account): 'none' | 'password' | 'no-password' {
  if (account.uid === 0) return 'no-password';
  const files = [SUDOERS, ...listNames(disk, SUDOERS_FOLDER).map((name) => posix.join(SUDOERS_FOLDER, name))];
  const memberOf = groups(disk).filter(
    ({ gid, members }) => gid === account.gid || members.includes(account.name),
  );
  const subjects = new Set([account.name, 'ALL', ...memberOf.map(({ name }) => `%${name}`)]);
  let right: 'none' | 'password' | 'no-password' = 'none';
  for (const line of files.flatMap((file) => (readText(disk, file) ?? '').split('\n'))) {
    const rule = /^(\S+)\s+\S+\s*=\s*(.*)$/.exec(line.trim());
    const [, subject = '', what = ''] = rule ?? [];
    if (!subjects.has(subject) || !/\bALL$/.test(what)) continue;
    // The last rule that fits decides.
    right = /\bNOPASSWD:/.test(what) ? 'no-password' : 'password';
  }
  return right;
}

function accounts(disk: DiskTree): Account[] {
  const allGroups = groups(disk);
  return lines(disk, PASSWD).map(([name = '', , uid = '', gid = '', , home = '/', shell = '/bin/sh']) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    groups: allGroups.filter(({ members }) => members.includes(name)).map((group) => group.gid),
    home,
    shell,
  }));
}

function groups(disk: DiskTree): Group[] {
  return lines(disk, GROUP).map(([name = '', , gid = '', members = '']) => ({
    name,
    gid: Number(gid),
    members: members.split(',').filter((member) => member !== ''),
  }));
}

function writeGroups(disk: DiskTree, all: readonly Group[]): void {
  const text = all.map(({ name, gid, members }) => `${name}:x:${gid}:${members.join(',')}\n`).join('');
  putFile(disk, GROUP, text);
}

function lines(disk: DiskTree, path: string): string[][] {
  const text = readText(disk, path) ?? '';
  return text
    .split('\n')
    .filter((line) => line.includes(':'))
    .map((line) => line.split(':'));
}
