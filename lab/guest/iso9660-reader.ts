/** Reads the files in the root directory of an ISO 9660 image, as Linux' isofs does: Joliet, else Rock Ridge, else plain. */

export interface IsoImage {
  readonly volumeId: string;
  /** By name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const SECTOR = 2_048;
const FIRST_DESCRIPTOR = 16;
const MOST_DESCRIPTORS = 64;
const PRIMARY = 1;
const SUPPLEMENTARY = 2;
const TERMINATOR = 255;
/** Escape sequences of UCS-2, levels 1 to 3 (Joliet specification, section 3). */
const JOLIET_ESCAPES = ['%/@', '%/C', '%/E'];
const ROOT_RECORD_OFFSET = 156;
const IS_DIRECTORY = 0x02;

interface DirectoryRecord {
  readonly extent: number;
  readonly size: number;
  readonly isDirectory: boolean;
  readonly name: Buffer;
  readonly systemUse: Buffer;
}

/** @returns `undefined` when the bytes are no ISO 9660 image, or one whose directory points outside of it. */
export function readIso(bytes: Uint8Array): IsoImage | undefined {
  const image = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const descriptors = volumeDescriptors(image);
  const primary = descriptors.find((each) => each[0] === PRIMARY);
  if (primary === undefined) return undefined;
  const joliet = descriptors.find((each) => each[0] === SUPPLEMENTARY && isJoliet(each));
  const root = record(joliet ?? primary, ROOT_RECORD_OFFSET);
  const entries = root === undefined ? undefined : directory(image, root);
  if (entries === undefined) return undefined;
  const files = new Map<string, Uint8Array>();
  for (const entry of entries) {
    if (entry.isDirectory) continue;
    const content = extent(image, entry);
    if (content === undefined) return undefined;
    files.set(joliet === undefined ? plainName(entry) : jolietName(entry.name), content);
  }
  return { volumeId: primary.subarray(40, 72).toString('latin1').trimEnd(), files };
}

function volumeDescriptors(image: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let index = FIRST_DESCRIPTOR; index < FIRST_DESCRIPTOR + MOST_DESCRIPTORS; index += 1) {
    const descriptor = image.subarray(index * SECTOR, (index + 1) * SECTOR);
    if (descriptor.length < SECTOR || descriptor.toString('latin1', 1, 6) !== 'CD001') break;
    if (descriptor[0] === TERMINATOR) break;
    found.push(descriptor);
  }
  return found;
}

function isJoliet(descriptor: Buffer): boolean {
  return JOLIET_ESCAPES.includes(descriptor.toString('latin1', 88, 91));
}

function record(bytes: Buffer, offset: number): DirectoryRecord | undefined {
  const length = bytes[offset] ?? 0;
  if (length < 34 || offset + length > bytes.length) return undefined;
  const nameLength = bytes[offset + 32] ?? 0;
  const nameEnd = 33 + nameLength;
  if (nameEnd > length) return undefined;
  return {
    extent: bytes.readUInt32LE(offset + 2),
    size: bytes.readUInt32LE(offset + 10),
    isDirectory: ((bytes[offset + 25] ?? 0) & IS_DIRECTORY) !== 0,
    name: bytes.subarray(offset + 33, offset + nameEnd),
    // A padding byte stands behind a name of even length.
    systemUse: bytes.subarray(offset + nameEnd + (nameLength % 2 === 0 ? 1 : 0), offset + length),
  };
}

function extent(image: Buffer, { extent: sector, size }: DirectoryRecord): Buffer | undefined {
  const start = sector * SECTOR;
  return start + size > image.length ? undefined : image.subarray(start, start + size);
}

function directory(image: Buffer, root: DirectoryRecord): DirectoryRecord[] | undefined {
  const bytes = extent(image, root);
  if (bytes === undefined) return undefined;
  const entries: DirectoryRecord[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const length = bytes[offset] ?? 0;
    if (length === 0) {
      // No record crosses the end of a sector: the rest of this one is empty.
      offset = (Math.floor(offset / SECTOR) + 1) * SECTOR;
      continue;
    }
    const entry = record(bytes, offset);
    if (entry === undefined) return undefined;
    entries.push(entry);
    offset += length;
  }
  return entries;
}

function jolietName(name: Buffer): string {
  return withoutVersion(Buffer.from(name).swap16().toString('utf16le'));
}

/** The name of Rock Ridge's NM entries where there are any. */
function plainName({ name, systemUse }: DirectoryRecord): string {
  let alternate = '';
  for (let offset = 0; offset + 5 <= systemUse.length;) {
    const length = systemUse[offset + 2] ?? 0;
    if (length < 4) break;
    if (systemUse.toString('latin1', offset, offset + 2) === 'NM') {
      alternate += systemUse.toString('utf8', offset + 5, offset + length);
    }
    offset += length;
  }
  return alternate === ''
    ? withoutVersion(name.toString('latin1')).replace(/\.$/, '').toLowerCase()
    : alternate;
}

function withoutVersion(name: string): string {
  return name.replace(/;\d+$/, '');
}
