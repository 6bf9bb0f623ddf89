/** Repositories beside the distribution's own: `/etc/apt/sources.list.d`. */
import type { DiskTree } from '../disk/disk-tree.js';
import { listNames, putFile, readText } from '../disk/root-files.js';
import { ARCHIVE, type PackageContents } from '../disk/packages.js';
import { findPackage, RELEASE_KEY } from '../kubeadm/repository.js';
import { fetchPage } from '../web.js';

const SOURCES = '/etc/apt/sources.list.d';
const LISTS = '/var/lib/apt/lists';
const SOURCE = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)(?:\s+.*)?$/;
const INDEX = /^kubernetes-1\.(\d+)$/;

interface Source {
  readonly url: string;
  readonly signedBy: string | undefined;
}

/** Fetches what the repositories have. @returns what went wrong, in apt's words. */
export function updateLists(disk: DiskTree): string[] {
  const complaints: string[] = [];
  for (const { url, signedBy } of sources(disk)) {
    const index = URL.canParse(`${url}InRelease`) ? fetchPage(new URL(`${url}InRelease`)) : undefined;
    const [, minor] = /\/v1\.(\d+)\/deb\/$/.exec(url) ?? [];
    if (index?.kind !== 'content' || minor === undefined) {
      complaints.push(`E: Failed to fetch ${url}InRelease  404  Not Found`);
    } else if (signedBy === undefined || readText(disk, signedBy) !== RELEASE_KEY) {
      complaints.push(
        `W: GPG error: ${url}  InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 234654DA9A296436`,
        `E: The repository '${url}  InRelease' is not signed.`,
      );
    } else putFile(disk, `${LISTS}/kubernetes-1.${minor}`, index.body);
  }
  return complaints;
}

/**
 * A package of the distribution or of a repository whose list is there.
 * @param pattern of the version, as behind `name=`: `1.32.0-*`.
 */
export function locatePackage(
  disk: DiskTree,
  name: string,
  pattern: string | undefined,
): PackageContents | undefined {
  const fits = matcher(pattern);
  const own = Object.hasOwn(ARCHIVE, name) ? ARCHIVE[name] : undefined;
  if (own !== undefined && fits(own.version)) return own;
  for (const list of listNames(disk, LISTS).toReversed()) {
    const [, minor] = INDEX.exec(list) ?? [];
    const found = minor === undefined ? undefined : findPackage(name, Number(minor), fits);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sources(disk: DiskTree): Source[] {
  const files = listNames(disk, SOURCES).filter((name) => name.endsWith('.list'));
  const lines = files.flatMap((name) => (readText(disk, `${SOURCES}/${name}`) ?? '').split('\n'));
  return lines.flatMap((line) => {
    const [, options = '', url] = SOURCE.exec(line.trim()) ?? [];
    const [, signedBy] = /signed-by=(\S+)/.exec(options) ?? [];
    return url === undefined ? [] : [{ url, signedBy }];
  });
}

function matcher(pattern: string | undefined): (version: string) => boolean {
  if (pattern === undefined) return () => true;
  const expression = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const whole = new RegExp(`^${expression.join('.*')}$`);
  return (version) => whole.test(version);
}
