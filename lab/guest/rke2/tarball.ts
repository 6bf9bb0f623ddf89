/** A `.tar.gz` of small files: ustar (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html), gzipped. */
import { gzipSync } from 'node:zlib';

export interface TarballFile {
  /** At most 100 bytes. */
  readonly path: string;
  readonly mode: number;
  readonly content: string;
}

const BLOCK = 512;
const CHECKSUM = { at: 148, length: 8 };

/** The same bytes for the same files: their checksum is published. */
export function tarball(files: readonly TarballFile[]): Buffer {
  const entries = files.flatMap((file) => {
    const content = Buffer.from(file.content);
    const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
    return [header(file, content.length), content, padding];
  });
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)]));
}

function header({ path, mode }: TarballFile, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(path, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  block.write('root', 265);
  block.write('root', 297);
  // The checksum is made with spaces in its own place.
  block.fill(' ', CHECKSUM.at, CHECKSUM.at + CHECKSUM.length);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, CHECKSUM.at);
  return block;
}
