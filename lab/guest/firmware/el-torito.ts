/** Whether a CD-ROM can be booted: El Torito's boot record, which has its fixed place in an ISO 9660 image. */

const SECTOR_BYTES = 2_048;
const BOOT_RECORD_SECTOR = 17;
const BOOT_SYSTEM = 'EL TORITO SPECIFICATION';
const CATALOGUE_POINTER = 0x47;
/** First entry of the boot catalogue: its header, and the platform 80x86. */
const VALIDATION_ENTRY = [1, 0];

export function isBootable(medium: Uint8Array): boolean {
  const image = Buffer.from(medium.buffer, medium.byteOffset, medium.byteLength);
  const start = BOOT_RECORD_SECTOR * SECTOR_BYTES;
  if (image.length < start + SECTOR_BYTES || image[start] !== 0) return false;
  if (image.toString('latin1', start + 1, start + 6) !== 'CD001') return false;
  if (image.toString('latin1', start + 7, start + 7 + BOOT_SYSTEM.length) !== BOOT_SYSTEM) return false;
  const catalogue = image.readUInt32LE(start + CATALOGUE_POINTER) * SECTOR_BYTES;
  return VALIDATION_ENTRY.every((byte, index) => image[catalogue + index] === byte);
}

/**
 * Makes an image bootable: the boot record takes the place of the descriptor that stands where it has to be, which is
 * the one for Joliet.
 * @param catalogueSector where `bootCatalogue()` lies in the image.
 */
export function withBootRecord(image: Uint8Array, catalogueSector: number): Uint8Array {
  const bootable = Buffer.from(image);
  const record = Buffer.alloc(SECTOR_BYTES);
  record.write('CD001', 1, 'latin1');
  record[6] = 1;
  record.write(BOOT_SYSTEM, 7, 'latin1');
  record.writeUInt32LE(catalogueSector, CATALOGUE_POINTER);
  bootable.set(record, BOOT_RECORD_SECTOR * SECTOR_BYTES);
  return bootable;
}

/** A boot catalogue with its validation entry alone: there is no machine code that could run in the lab. */
export function bootCatalogue(): Uint8Array {
  const catalogue = Buffer.alloc(SECTOR_BYTES);
  catalogue.set(VALIDATION_ENTRY, 0);
  catalogue.writeUInt16LE(0xaa55, 0x1e);
  // All words of the entry add up to 0.
  let sum = 0;
  for (let offset = 0; offset < 0x20; offset += 2) sum += catalogue.readUInt16LE(offset);
  catalogue.writeUInt16LE((0x10000 - (sum & 0xffff)) & 0xffff, 0x1c);
  return catalogue;
}
