/** A kubeconfig as Talos gives it: one file in a tar, compressed. */
import { gzipSync } from 'node:zlib';

const BLOCK_BYTES = 512;

export function kubeconfigArchive(kubeconfig: string): Buffer {
  const content = Buffer.from(kubeconfig);
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write('kubeconfig', 0);
  header.write('0000600\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES);
  return gzipSync(Buffer.concat([header, content, padding, Buffer.alloc(2 * BLOCK_BYTES)]));
}
