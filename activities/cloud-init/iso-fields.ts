/** Numbers as ISO 9660 writes them: little-endian and big-endian side by side. */

export const SECTOR_BYTES = 2048;

export function sectorsFor(bytes: number): number {
  return Math.ceil(bytes / SECTOR_BYTES);
}

export function both16(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(value, 0);
  bytes.writeUInt16BE(value, 2);
  return bytes;
}

export function both32(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value, 0);
  bytes.writeUInt32BE(value, 4);
  return bytes;
}
