/** The archive that the Talos API gives a kubeconfig in: a compressed tar with one file. */
import { gunzipSync } from 'node:zlib';
import { fail } from '../../domain/errors.js';

const BLOCK_BYTES = 512;
/** Of a header: where the size stands, in octal digits. */
const SIZE = { from: 124, to: 136 } as const;
const TYPE_AT = 156;
const REGULAR_FILE = ['0', '\0'];
const MOST_BYTES = 1024 * 1024;

/** The content of the first file. @throws `TALOS_FAILED` when there is none. */
export function kubeconfigIn(archive: Buffer): string {
  const tar = uncompressed(archive);
  for (let at = 0; at + BLOCK_BYTES <= tar.length;) {
    const size = Number.parseInt(tar.toString('latin1', at + SIZE.from, at + SIZE.to), 8);
    if (!Number.isSafeInteger(size)) break;
    const begin = at + BLOCK_BYTES;
    if (begin + size > tar.length) break;
    if (REGULAR_FILE.includes(String.fromCharCode(tar[at + TYPE_AT] ?? 1))) {
      return tar.toString('utf8', begin, begin + size);
    }
    at = begin + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
  throw fail('TALOS_FAILED', 'the archive with the kubeconfig has no file in it');
}

function uncompressed(archive: Buffer): Buffer {
  try {
    return gunzipSync(archive, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    throw fail('TALOS_FAILED', 'the archive with the kubeconfig cannot be read', { cause: error });
  }
}
