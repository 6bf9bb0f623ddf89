/** `registries.yaml`: where images come from (https://docs.k3s.io/installation/private-registry). */
import { parse } from 'yaml';
import type { DiskTree } from '../disk/disk-tree.js';
import { isThere, readText } from '../disk/root-files.js';
import type { RancherDistribution } from './distribution.js';
import { RancherFatal } from './fatal.js';

interface RegistriesFile {
  readonly mirrors?: Readonly<Record<string, { readonly endpoint?: unknown } | null>>;
  readonly configs?: Readonly<Record<string, { readonly tls?: { readonly ca_file?: string } } | null>>;
}

/**
 * @returns the registries that are mirrored; none where there is no file.
 * @throws RancherFatal for a file that is no YAML map, for an endpoint that is no URL and for a CA that is not there.
 */
export function mirroredRegistries(disk: DiskTree, { configFolder }: RancherDistribution): string[] {
  const path = `${configFolder}/registries.yaml`;
  const text = readText(disk, path);
  if (text === undefined) return [];
  const { mirrors = {}, configs = {} } = read(text, path);
  for (const mirror of Object.values(mirrors)) {
    const endpoints: unknown[] = Array.isArray(mirror?.endpoint) ? mirror.endpoint : [];
    for (const endpoint of endpoints) {
      if (typeof endpoint === 'string' && /^https?:\/\//.test(endpoint) && URL.canParse(endpoint)) continue;
      throw new RancherFatal(`invalid endpoint URL in ${path}: ${String(endpoint)}`);
    }
  }
  for (const config of Object.values(configs)) {
    const file = config?.tls?.ca_file;
    if (file !== undefined && !isThere(disk, file)) {
      throw new RancherFatal(`failed to read CA file: open ${file}: no such file or directory`);
    }
  }
  return Object.keys(mirrors);
}

function read(text: string, path: string): RegistriesFile {
  try {
    const document: unknown = parse(text);
    if (document === null) return {};
    if (typeof document === 'object' && !Array.isArray(document)) return document;
  } catch {
    // The same as a document of another kind.
  }
  throw new RancherFatal(`failed to parse ${path}: yaml: cannot unmarshal into registries.Registry`);
}
