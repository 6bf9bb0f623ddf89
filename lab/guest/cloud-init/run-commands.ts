/** cloud-init's module `runcmd`: all items become one shell script, so that an early `export` is seen by later ones. */
import type { DiskTree } from '../disk/disk-tree.js';
import { putFile } from '../disk/root-files.js';
import type { CloudConfig } from './cloud-config.js';

export const RUN_COMMANDS = '/var/lib/cloud/instance/scripts/runcmd';

/** Does nothing where there is nothing to run. */
export function writeRunCommands(disk: DiskTree, items: NonNullable<CloudConfig['runcmd']>): void {
  if (items.length > 0) putFile(disk, RUN_COMMANDS, shellify(items), { mode: 0o700 });
}

/** A string is a line of the script, a list is one command with each word quoted. */
export function shellify(items: NonNullable<CloudConfig['runcmd']>): string {
  const lines = items.flatMap((item) => {
    if (item === null) return [];
    if (typeof item === 'string') return [item];
    return [item.map((word) => `'${String(word).replaceAll("'", `'\\''`)}'`).join(' ')];
  });
  return `#!/bin/sh\n${lines.map((line) => `${line}\n`).join('')}`;
}
