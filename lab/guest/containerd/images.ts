/** The images that containerd has, and where it gets others from (https://github.com/containerd/containerd/blob/main/docs/hosts.md). */
import { isThere, putFile, readText } from '../disk/root-files.js';
import type { GuestSystem } from '../system.js';

const IMAGES = '/var/lib/containerd/images';
const MIRRORS = '/etc/containerd/certs.d';
/** With the registry's host: nothing else says where to get it. */
const REFERENCE = /^([\w.-]+\.[\w.-]+(?::\d+)?)\/[\w./-]+:[\w.-]+$/;

export function hasImage({ disk }: GuestSystem, reference: string): boolean {
  return (readText(disk, IMAGES) ?? '').split('\n').includes(reference);
}

/** @returns what went wrong. */
export function pullImage(system: GuestSystem, reference: string): string | undefined {
  const registry = REFERENCE.exec(reference)?.[1];
  if (registry === undefined) return `failed to pull and unpack image "${reference}": not found`;
  if (hasImage(system, reference)) return undefined;
  if (!isThere(system.disk, `${MIRRORS}/${registry}/hosts.toml`) && !system.reachesInternet())
    return `failed to pull and unpack image "${reference}": failed to do request: dial tcp: lookup ${registry}: i/o timeout`;
  putFile(system.disk, IMAGES, `${readText(system.disk, IMAGES) ?? ''}${reference}\n`, { mode: 0o600 });
  return undefined;
}
