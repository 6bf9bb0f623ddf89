/** Just enough of QEMU's image format for disks whose content nobody reads: a header with the size of the disk. */

const MAGIC = Buffer.from('QFI\xfb', 'latin1');
const HEADER_BYTES = 104;
const VERSION_AT = 4;
const CLUSTER_BITS_AT = 20;
const SIZE_AT = 24;
const HEADER_LENGTH_AT = 100;
const VERSION = 3;
const CLUSTER_BITS = 16;

/** @param label follows the header, so that two images of one size differ. */
export function qcow2Image(diskBytes: number, label: string): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32BE(VERSION, VERSION_AT);
  header.writeUInt32BE(CLUSTER_BITS, CLUSTER_BITS_AT);
  header.writeBigUInt64BE(BigInt(diskBytes), SIZE_AT);
  header.writeUInt32BE(HEADER_BYTES, HEADER_LENGTH_AT);
  return Buffer.concat([header, Buffer.from(`${label}\n`)]);
}

/** Size of the disk in bytes, which is not the size of the file; `undefined` when it is no such image. */
export function qcow2DiskBytes(image: Uint8Array): number | undefined {
  const bytes = Buffer.from(image);
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  return Number(bytes.readBigUInt64BE(SIZE_AT));
}
