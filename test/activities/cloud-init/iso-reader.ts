/** Reads the root directory of an ISO 9660 image, written from ECMA-119, SUSP and the Joliet specification. */

export interface ReadImage {
  readonly volumeId: string;
  /** Real names with contents, in the order of the directory. */
  readonly files: ReadonlyMap<string, Buffer>;
}

const SECTOR = 2048;

/** @param style which of the two directories is read. */
export function readIso(image: Uint8Array, style: 'rock-ridge' | 'joliet'): ReadImage {
  const bytes = Buffer.from(image);
  const descriptor = descriptorOf(bytes, style === 'joliet' ? 2 : 1);
  const root = descriptor.subarray(156, 190);
  const sector = root.readUInt32LE(2);
  const directory = bytes.subarray(sector * SECTOR, sector * SECTOR + root.readUInt32LE(10));
  const files = new Map<string, Buffer>();
  for (const record of recordsOf(directory)) {
    const identifier = record.subarray(33, 33 + (record[32] ?? 0));
    if (identifier.length === 1 && (identifier[0] ?? 0) < 2) continue;
    const start = record.readUInt32LE(2) * SECTOR;
    const name = style === 'joliet' ? ucs2(identifier) : alternateName(record);
    files.set(name, bytes.subarray(start, start + record.readUInt32LE(10)));
  }
  const label = descriptor.subarray(40, 72);
  return { volumeId: (style === 'joliet' ? ucs2(label) : label.toString('latin1')).trimEnd(), files };
}

function descriptorOf(bytes: Buffer, type: number): Buffer {
  for (let sector = 16; ; sector += 1) {
    const descriptor = bytes.subarray(sector * SECTOR, (sector + 1) * SECTOR);
    if (descriptor.toString('latin1', 1, 6) !== 'CD001') throw new Error(`sector ${sector} is no descriptor`);
    if (descriptor[0] === type) return descriptor;
    if (descriptor[0] === 255) throw new Error(`there is no descriptor of type ${type}`);
  }
}

function recordsOf(directory: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let offset = 0; offset < directory.length;) {
    const length = directory[offset] ?? 0;
    if (length === 0) {
      offset = (Math.floor(offset / SECTOR) + 1) * SECTOR;
    } else {
      records.push(directory.subarray(offset, offset + length));
      offset += length;
    }
  }
  return records;
}

/** The `NM` field of the system use area. */
function alternateName(record: Buffer): string {
  const identifierLength = record[32] ?? 0;
  let offset = 33 + identifierLength + ((identifierLength + 1) % 2);
  while (offset + 4 <= record.length) {
    const length = record[offset + 2] ?? 0;
    if (record.toString('latin1', offset, offset + 2) === 'NM') {
      return record.toString('latin1', offset + 5, offset + length);
    }
    offset += Math.max(length, 1);
  }
  throw new Error('the record has no Rock Ridge name');
}

function ucs2(bytes: Buffer): string {
  return Buffer.from(bytes).swap16().toString('utf16le');
}
