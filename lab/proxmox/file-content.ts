/** Files on a storage, as uploads and downloads put them there: which kinds there are, and what they may be called. */
import { refuseParameters } from './api-error.js';
import type { Cluster } from './cluster.js';
import { OPTIONAL_TEXT } from './endpoint.js';
import type { LabStorage } from './lab-inventory.js';

export type FileContent = 'iso' | 'vztmpl' | 'import';

/** Never snippets. */
export const FILE_CONTENTS: readonly FileContent[] = ['iso', 'vztmpl', 'import'];

/** What the file is to be checked against. */
export const CHECKSUM = {
  checksum: { ...OPTIONAL_TEXT, requires: 'checksum-algorithm' },
  'checksum-algorithm': {
    ...OPTIONAL_TEXT,
    values: ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'],
    requires: 'checksum',
  },
};

const FILE_NAMES: Readonly<Record<FileContent, RegExp>> = {
  iso: /^[^/]+\.(?:iso|img)$/i,
  vztmpl: /^[^/]+\.(?:tar|tar\.(?:gz|xz|zst|bz2))$/i,
  import: /^[a-zA-Z0-9\-.+=_]+\.(?:ova|qcow2|raw|vmdk)$/,
};

/** @returns the name that the file gets. @throws ApiError 400 when it is none for such files. */
export function fileName(content: FileContent, text: string): string {
  const name = normalised(text);
  if (FILE_NAMES[content].test(name)) return name;
  return refuseParameters({
    filename: content === 'import' ? 'invalid filename or wrong extension' : 'wrong file extension',
  });
}

/** Puts the file in its place at once, also where one of that name is. @throws ApiError when there is no room. */
export function placeFile(
  cluster: Cluster,
  { storage, node, content, name }: { storage: LabStorage; node: string; content: FileContent; name: string },
  bytes: Uint8Array,
): void {
  const previous = cluster.storages.find(`${storage.id}:${content}/${name}`, node);
  const volume = cluster.storages.add(storage.id, node, {
    name: `${content}/${name}`,
    content,
    format: name.split('.').at(-1)?.toLowerCase() ?? 'raw',
    vmid: null,
    sizeBytes: bytes.length,
    parent: null,
    image: '',
  });
  if (previous !== undefined) {
    cluster.world.removeVolume(previous.id);
    cluster.contents.remove(previous.id);
  }
  cluster.contents.put(volume.id, bytes);
}

/** Only the last part of a path, with everything unusual turned into an underscore. */
function normalised(filename: string): string {
  return filename
    .trimEnd()
    .replace(/^.*[/\\]/, '')
    .replaceAll(/[^a-zA-Z0-9_.-]/g, '_');
}
