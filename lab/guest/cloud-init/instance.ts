/** Which instance a disk has been set up for, and what of that is done: cloud-init's semaphores. */
import { posix } from 'node:path';
import { parse } from 'yaml';
import type { DiskTree } from '../disk/disk-tree.js';
import { ROOT } from '../disk/inode.js';
import { isThere, makeDirectory, putFile, readText, removeAll } from '../disk/root-files.js';

const CURRENT = '/var/lib/cloud/instance';
const ID_FILE = '/var/lib/cloud/data/instance-id';

export interface MetaData {
  readonly instanceId: string;
  readonly hostname: string | null;
}

/** What is missing or wrong gets NoCloud's defaults. */
export function parseMetaData(text: string): MetaData {
  let values: Record<string, unknown> = {};
  try {
    values = { ...(parse(text) as object | null) };
  } catch {
    // cloud-init goes on without it.
  }
  const [id, hostname] = [values['instance-id'], values['local-hostname']];
  return {
    instanceId: typeof id === 'string' || typeof id === 'number' ? String(id) : 'nocloud',
    hostname: typeof hostname === 'string' ? hostname : null,
  };
}

/** @returns whether the disk was set up for another instance, or for none, before. */
export function adoptInstance(disk: DiskTree, instanceId: string): boolean {
  const isNew = readText(disk, ID_FILE)?.trim() !== instanceId;
  const folder = posix.join('/var/lib/cloud/instances', encodeURIComponent(instanceId));
  makeDirectory(disk, posix.join(folder, 'sem'));
  makeDirectory(disk, posix.join(folder, 'scripts'));
  removeAll(disk, CURRENT);
  disk.symlink(folder, CURRENT, ROOT);
  putFile(disk, ID_FILE, `${instanceId}\n`);
  return isNew;
}

/**
 * Whether a module that runs once an instance is still to run. Noted before it runs, as cloud-init does: one that
 * the power was cut from is not run again.
 */
export function takeTurn(disk: DiskTree, module: string): boolean {
  const path = posix.join(CURRENT, 'sem', `config_${module}`);
  if (isThere(disk, path)) return false;
  putFile(disk, path, `${new Date().toISOString()}\n`);
  return true;
}
