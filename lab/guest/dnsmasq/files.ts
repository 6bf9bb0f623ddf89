/** Which files dnsmasq reads, and in which order. */
import { posix } from 'node:path';
import type { DiskTree } from '../disk/disk-tree.js';
import { isThere, listNames, readText } from '../disk/root-files.js';
import { BadConfiguration, type ConfigurationLine } from './configuration.js';

export interface DnsmasqSources {
  readonly file: string;
  /** `/etc/dnsmasq.d,.dpkg-dist,.dpkg-old`: a folder with the endings that are left out. */
  readonly folders: readonly string[];
}

/** What editors and package managers leave behind. */
const LEFT_BEHIND = /^\.|~$|^#.*#$/;

/** @throws BadConfiguration for a file or folder that is named and not there. */
export function readConfiguration(
  disk: DiskTree,
  { file, folders }: DnsmasqSources,
): readonly ConfigurationLine[] {
  return [...linesOf(disk, file), ...folders.flatMap((folder) => linesOfFolder(disk, folder))];
}

function linesOf(disk: DiskTree, file: string): ConfigurationLine[] {
  const text = readText(disk, file);
  if (text === undefined) throw new BadConfiguration(`cannot read ${file}: No such file or directory`);
  return text.split('\n').flatMap((raw, index): ConfigurationLine[] => {
    const line = raw.replace(/(?:^|\s)#.*$/, '').trim();
    if (line === '') return [];
    const [, kind, target = ''] = /^(conf-dir|conf-file)\s*=\s*(.+)$/.exec(line) ?? [];
    if (kind === 'conf-dir') return linesOfFolder(disk, target);
    if (kind === 'conf-file') return linesOf(disk, target);
    return [{ file, number: index + 1, text: line }];
  });
}

function linesOfFolder(disk: DiskTree, text: string): ConfigurationLine[] {
  const [folder = '', ...filters] = text.split(',').map((word) => word.trim());
  if (!isThere(disk, folder))
    throw new BadConfiguration(`cannot access directory ${folder}: No such file or directory`);
  const only = filters.filter((each) => each.startsWith('*')).map((each) => each.slice(1));
  const without = filters.filter((each) => !each.startsWith('*'));
  const names = listNames(disk, folder).filter(
    (name) =>
      !LEFT_BEHIND.test(name) &&
      !without.some((ending) => name.endsWith(ending)) &&
      (only.length === 0 || only.some((ending) => name.endsWith(ending))),
  );
  return names.flatMap((name) => linesOf(disk, posix.join(folder, name)));
}
