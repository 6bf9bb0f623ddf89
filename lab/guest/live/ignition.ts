/** Ignition (https://coreos.github.io/ignition), spec 3: users with their keys, files, links and units. */
import { posix } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { addAccount, findAccount, groupId, joinGroup } from '../disk/accounts.js';
import type { DiskTree } from '../disk/disk-tree.js';
import { ROOT } from '../disk/inode.js';
import { appendText, isThere, makeDirectory, putFile, removeAll } from '../disk/root-files.js';

type Json = Readonly<Record<string, unknown>>;

/** The machine does not go on with it: an administrator has to look. */
export class IgnitionError extends Error {}

const VERSION = /^3\.\d+\.\d+/;
const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;
const UNIT_FOLDER = '/etc/systemd/system';
/** In every image that takes Ignition, and may do anything. */
const CORE = { name: 'core', groups: ['adm', 'sudo', 'wheel', 'systemd-journal'] };

/** Writes all of the configuration. @throws IgnitionError for what is no configuration of version 3. */
export function applyIgnition(disk: DiskTree, text: string): void {
  const config = parsed(text);
  putFile(disk, '/etc/sudoers.d/coreos-sudo-group', '%sudo ALL=(ALL) NOPASSWD: ALL\n', { mode: 0o440 });
  setUpUser(disk, { name: CORE.name, groups: CORE.groups });
  for (const user of list(object(config['passwd'])['users'])) setUpUser(disk, user);
  const storage = object(config['storage']);
  for (const directory of list(storage['directories'])) {
    makeDirectory(disk, path(directory), mode(directory, DIRECTORY_MODE));
  }
  for (const file of list(storage['files'])) writeFile(disk, file);
  for (const link of list(storage['links'])) {
    if (link['overwrite'] === true) removeAll(disk, path(link));
    makeDirectory(disk, posix.dirname(path(link)));
    disk.symlink(string(link['target'], 'links.target'), path(link), ROOT);
  }
  for (const unit of list(object(config['systemd'])['units'])) setUpUnit(disk, unit);
}

function parsed(text: string): Json {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new IgnitionError(`error parsing config: ${(error as Error).message}`);
  }
  const version = object(object(config)['ignition'])['version'];
  if (typeof version !== 'string' || !VERSION.test(version))
    throw new IgnitionError('error parsing config: unsupported config version');
  return object(config);
}

function setUpUser(disk: DiskTree, user: Json): void {
  const name = string(user['name'], 'users.name');
  const groups = strings(user['groups']);
  const account =
    findAccount(disk, name) ??
    addAccount(disk, {
      name,
      comment: typeof user['gecos'] === 'string' ? user['gecos'] : '',
      home: typeof user['homeDir'] === 'string' ? user['homeDir'] : undefined,
      shell: typeof user['shell'] === 'string' ? user['shell'] : '/bin/bash',
      groups,
    });
  for (const group of groups) joinGroup(disk, group, name);
  const keys = strings(user['sshAuthorizedKeys']);
  if (keys.length === 0) return;
  const folder = posix.join(account.home, '.ssh');
  makeDirectory(disk, folder, 0o700);
  disk.chown(folder, account, ROOT);
  const owner = { mode: 0o600, uid: account.uid, gid: account.gid };
  putFile(disk, posix.join(folder, 'authorized_keys'), `${keys.join('\n')}\n`, owner);
}

function writeFile(disk: DiskTree, file: Json): void {
  const target = path(file);
  const appended = list(file['append']);
  if (isThere(disk, target) && file['overwrite'] !== true && appended.length === 0 && 'contents' in file)
    throw new IgnitionError(`error creating ${target}: file exists and overwrite is false`);
  const [uid, gid] = [ownerId(disk, object(file['user'])), groupOf(disk, object(file['group']))];
  const before = 'contents' in file || !isThere(disk, target) ? undefined : disk.readFile(target, ROOT);
  const content = before ?? contents(object(file['contents']));
  putFile(disk, target, content, { mode: mode(file, FILE_MODE), uid, gid });
  for (const part of appended) appendText(disk, target, Buffer.from(contents(part)).toString());
}

function setUpUnit(disk: DiskTree, unit: Json): void {
  const name = string(unit['name'], 'units.name');
  if (typeof unit['contents'] === 'string') putFile(disk, posix.join(UNIT_FOLDER, name), unit['contents']);
  const folder = posix.join(UNIT_FOLDER, 'multi-user.target.wants');
  if (unit['enabled'] !== true || isThere(disk, posix.join(folder, name))) return;
  makeDirectory(disk, folder);
  const target = UNIT_PLACES.map((place) => posix.join(place, name)).find((place) => isThere(disk, place));
  if (target === undefined) throw new IgnitionError(`error enabling ${name}: no such unit`);
  disk.symlink(target, posix.join(folder, name), ROOT);
}

const UNIT_PLACES = [UNIT_FOLDER, '/usr/lib/systemd/system'];

/** Only what stands in the document itself: nothing is fetched for a file. */
function contents({ source, compression }: Json): Uint8Array {
  if (source === undefined || source === null || source === '') return new Uint8Array();
  const address = string(source, 'contents.source');
  const [, flags = '', data] = /^data:([^,]*),(.*)$/s.exec(address) ?? [];
  if (data === undefined) throw new IgnitionError(`error fetching ${address}: unsupported source scheme`);
  const bytes = flags.endsWith(';base64')
    ? Buffer.from(decodeURIComponent(data), 'base64')
    : Buffer.from(decodeURIComponent(data));
  return compression === 'gzip' ? gunzipSync(bytes) : bytes;
}

function ownerId(disk: DiskTree, { id, name }: Json): number {
  if (typeof id === 'number') return id;
  return typeof name === 'string' ? (findAccount(disk, name)?.uid ?? 0) : 0;
}

function groupOf(disk: DiskTree, { id, name }: Json): number {
  if (typeof id === 'number') return id;
  return typeof name === 'string' ? (groupId(disk, name) ?? 0) : 0;
}

function path(entry: Json): string {
  const text = string(entry['path'], 'path');
  if (!text.startsWith('/')) throw new IgnitionError(`error parsing config: path ${text} is not absolute`);
  return text;
}

function mode(entry: Json, fallback: number): number {
  return typeof entry['mode'] === 'number' ? entry['mode'] : fallback;
}

function string(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new IgnitionError(`error parsing config: ${what} must be a string`);
  return value;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}
