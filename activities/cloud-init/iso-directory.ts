/** The root directory of an ISO 9660 image, once for each of the two styles of names. */
import { both16, both32, SECTOR_BYTES } from './iso-fields.js';

/** `rock-ridge`: short upper-case names with the real ones beside them. `joliet`: the real ones, in UCS-2. */
export type NameStyle = 'rock-ridge' | 'joliet';

export interface DirectoryEntry {
  readonly name: string;
  readonly sector: number;
  readonly bytes: number;
}

interface Extent {
  readonly sector: number;
  readonly bytes: number;
}

const SELF = Buffer.from([0]);
const PARENT = Buffer.from([1]);
const DIRECTORY_FLAG = 2;
const DIRECTORY_MODE = 0o040555;
const FILE_MODE = 0o100444;
/** 2000-01-01 00:00:00 UTC. */
const FIXED_DATE = [100, 1, 1, 0, 0, 0, 0];

/** Whole sectors: `.`, `..` and the files, in the order that ECMA-119 9.3 demands. */
export function directoryExtent(style: NameStyle, self: Extent, entries: readonly DirectoryEntry[]): Buffer {
  const extra = (fields: readonly Buffer[]): Buffer => Buffer.concat(style === 'joliet' ? [] : fields);
  const directory = posixFields(DIRECTORY_MODE, 2);
  const records = [
    record(SELF, self, DIRECTORY_FLAG, extra([SHARING_PROTOCOL, directory, ROCK_RIDGE])),
    record(PARENT, self, DIRECTORY_FLAG, extra([directory])),
    ...entries
      .toSorted((one, other) => compareNames(style, one.name, other.name))
      .map((entry) =>
        record(
          style === 'joliet' ? joliet(entry.name) : primary(entry.name),
          entry,
          0,
          extra([posixFields(FILE_MODE, 1), alternateName(entry.name)]),
        ),
      ),
  ];
  return packed(records);
}

/** A record never crosses the end of a sector. */
function packed(records: readonly Buffer[]): Buffer {
  const sectors: Buffer[] = [];
  let sector = Buffer.alloc(SECTOR_BYTES);
  let used = 0;
  for (const bytes of records) {
    if (used + bytes.length > SECTOR_BYTES) {
      sectors.push(sector);
      sector = Buffer.alloc(SECTOR_BYTES);
      used = 0;
    }
    sector.set(bytes, used);
    used += bytes.length;
  }
  return Buffer.concat([...sectors, sector]);
}

function record(identifier: Buffer, extent: Extent, flags: number, extra: Buffer): Buffer {
  const padded = identifier.length % 2 === 0 ? Buffer.concat([identifier, Buffer.alloc(1)]) : identifier;
  const length = 33 + padded.length + extra.length;
  const bytes = Buffer.alloc(length + (length % 2));
  bytes[0] = bytes.length;
  bytes.set(both32(extent.sector), 2);
  bytes.set(both32(extent.bytes), 10);
  bytes.set(FIXED_DATE, 18);
  bytes[25] = flags;
  bytes.set(both16(1), 28);
  bytes[32] = identifier.length;
  bytes.set(padded, 33);
  bytes.set(extra, 33 + padded.length);
  return bytes;
}

/** By the name before the dot, then by the extension. */
function compareNames(style: NameStyle, one: string, other: string): number {
  const [a, b] = [one, other].map((name) => (style === 'joliet' ? name : upperCase(name)).split('.'));
  const isLess = a?.[0] === b?.[0] ? (a?.[1] ?? '') < (b?.[1] ?? '') : (a?.[0] ?? '') < (b?.[0] ?? '');
  return isLess ? -1 : 1;
}

/** `user-data` as `USER_DATA.;1`. No name has an underscore of its own, so that no two become the same. */
function primary(name: string): Buffer {
  const upper = upperCase(name);
  return Buffer.from(`${upper}${upper.includes('.') ? '' : '.'};1`, 'latin1');
}

function upperCase(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

function joliet(name: string): Buffer {
  return Buffer.from(name, 'utf16le').swap16();
}

/** SUSP 5.3: says that the fields beside the names are to be read at all. */
const SHARING_PROTOCOL = Buffer.from([...Buffer.from('SP'), 7, 1, 0xbe, 0xef, 0]);

/** SUSP 5.5: without it Linux does not take the fields for Rock Ridge. */
const ROCK_RIDGE = extensionReference('RRIP_1991A');

function extensionReference(id: string): Buffer {
  return Buffer.from([...Buffer.from('ER'), 8 + id.length, 1, id.length, 0, 0, 1, ...Buffer.from(id)]);
}

/** `PX`: mode, links, owner and group (root). */
function posixFields(mode: number, links: number): Buffer {
  return Buffer.concat([
    Buffer.from([...Buffer.from('PX'), 36, 1]),
    both32(mode),
    both32(links),
    both32(0),
    both32(0),
  ]);
}

/** `NM`: the real name. */
function alternateName(name: string): Buffer {
  return Buffer.from([...Buffer.from('NM'), 5 + name.length, 1, 0, ...Buffer.from(name, 'latin1')]);
}
