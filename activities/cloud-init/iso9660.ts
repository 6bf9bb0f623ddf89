/** Writes small ISO 9660 images with the names that Linux (Rock Ridge) and Windows (Joliet) show. */
import { fail } from '../../domain/errors.js';
import { directoryExtent, type DirectoryEntry, type NameStyle } from './iso-directory.js';
import { both16, both32, SECTOR_BYTES, sectorsFor } from './iso-fields.js';

export interface IsoFile {
  /** Lower-case letters, digits and hyphens, optionally with one extension: `user-data`, `notes.txt`. */
  readonly name: string;
  readonly content: Uint8Array;
}

const NAME = /^[a-z0-9-]{1,20}(?:\.[a-z0-9]{1,8})?$/;
const SYSTEM_AREA_SECTORS = 16;
const PRIMARY_DESCRIPTOR = SYSTEM_AREA_SECTORS;
const JOLIET_DESCRIPTOR = PRIMARY_DESCRIPTOR + 1;
const TERMINATOR = JOLIET_DESCRIPTOR + 1;
const PATH_TABLES = TERMINATOR + 1;
const FIRST_DIRECTORY = PATH_TABLES + 4;
const PATH_TABLE_BYTES = 10;
const FIXED_DATE = '2000010100000000';
const NO_DATE = '0000000000000000';
/** Announces UCS-2 level 3, which is what makes a supplementary descriptor a Joliet one. */
const JOLIET_ESCAPE = '%/E';

interface Extent {
  readonly sector: number;
  readonly bytes: number;
}

/**
 * All files lie in the root. The same input gives the same bytes: every date is fixed.
 * @param volumeId 1 to 16 characters; written as it is, because cloud-init looks for `cidata` in lower case too.
 * @throws `INTERNAL` for a name or volume id that the format has no room for.
 */
export function isoImage(volumeId: string, files: readonly IsoFile[]): Uint8Array {
  refuseUnwritable(volumeId, files);
  const directorySectors = (style: NameStyle): number =>
    directoryExtent(
      style,
      { sector: 0, bytes: 0 },
      files.map(({ name }) => ({ name, sector: 0, bytes: 0 })),
    ).length / SECTOR_BYTES;
  const primary: Extent = { sector: FIRST_DIRECTORY, bytes: directorySectors('rock-ridge') * SECTOR_BYTES };
  const joliet: Extent = {
    sector: primary.sector + sectorsFor(primary.bytes),
    bytes: directorySectors('joliet') * SECTOR_BYTES,
  };
  let next = joliet.sector + sectorsFor(joliet.bytes);
  const entries: DirectoryEntry[] = files.map(({ name, content }) => {
    const entry = { name, sector: next, bytes: content.length };
    next += sectorsFor(content.length);
    return entry;
  });

  const image = Buffer.alloc(next * SECTOR_BYTES);
  const put = (sector: number, bytes: Uint8Array): void => image.set(bytes, sector * SECTOR_BYTES);
  put(PRIMARY_DESCRIPTOR, descriptor('rock-ridge', volumeId, next, primary));
  put(JOLIET_DESCRIPTOR, descriptor('joliet', volumeId, next, joliet));
  put(TERMINATOR, Buffer.from([255, ...Buffer.from('CD001'), 1]));
  [primary, joliet].forEach((root, index) => {
    put(PATH_TABLES + index * 2, pathTable(root, 'little'));
    put(PATH_TABLES + index * 2 + 1, pathTable(root, 'big'));
  });
  put(primary.sector, directoryExtent('rock-ridge', primary, entries));
  put(joliet.sector, directoryExtent('joliet', joliet, entries));
  entries.forEach(({ sector }, index) => put(sector, files[index]?.content ?? new Uint8Array()));
  return image;
}

function refuseUnwritable(volumeId: string, files: readonly IsoFile[]): void {
  if (!/^[\x21-\x7e]{1,16}$/.test(volumeId)) throw fail('INTERNAL', `"${volumeId}" cannot be a volume id`);
  for (const { name } of files) {
    if (!NAME.test(name)) throw fail('INTERNAL', `"${name}" cannot be the name of a file in an ISO image`);
  }
  if (new Set(files.map(({ name }) => name)).size < files.length) {
    throw fail('INTERNAL', 'two files of an ISO image have the same name');
  }
}

/** A volume descriptor: ECMA-119, 8.4 for the primary one, 8.5 for the supplementary one. */
function descriptor(style: NameStyle, volumeId: string, sectors: number, root: Extent): Buffer {
  const isJoliet = style === 'joliet';
  const bytes = Buffer.alloc(SECTOR_BYTES);
  const text = (offset: number, length: number, value: string): void => {
    bytes.set(
      isJoliet ? ucs2(value.padEnd(Math.floor(length / 2))) : Buffer.from(value.padEnd(length), 'latin1'),
      offset,
    );
  };
  bytes.set([isJoliet ? 2 : 1, ...Buffer.from('CD001'), 1]);
  text(8, 32, '');
  text(40, 32, volumeId);
  bytes.set(both32(sectors), 80);
  if (isJoliet) bytes.write(JOLIET_ESCAPE, 88, 'latin1');
  bytes.set(both16(1), 120);
  bytes.set(both16(1), 124);
  bytes.set(both16(SECTOR_BYTES), 128);
  bytes.set(both32(PATH_TABLE_BYTES), 132);
  const tables = PATH_TABLES + (isJoliet ? 2 : 0);
  bytes.writeUInt32LE(tables, 140);
  bytes.writeUInt32BE(tables + 1, 148);
  bytes.set(rootRecord(root), 156);
  for (const offset of [190, 318, 446, 574]) text(offset, 128, '');
  for (const offset of [702, 739, 776]) text(offset, 37, '');
  for (const [offset, date] of [
    [813, FIXED_DATE],
    [830, FIXED_DATE],
    [847, NO_DATE],
    [864, NO_DATE],
  ] as const) {
    bytes.write(date, offset, 'latin1');
  }
  bytes[881] = 1;
  return bytes;
}

/** The root's record inside a descriptor has no room for Rock Ridge fields. */
function rootRecord(root: Extent): Buffer {
  return directoryExtent('joliet', root, []).subarray(0, 34);
}

function pathTable({ sector }: Extent, order: 'little' | 'big'): Buffer {
  const bytes = Buffer.alloc(PATH_TABLE_BYTES);
  bytes[0] = 1;
  if (order === 'little') bytes.writeUInt32LE(sector, 2);
  else bytes.writeUInt32BE(sector, 2);
  if (order === 'little') bytes.writeUInt16LE(1, 6);
  else bytes.writeUInt16BE(1, 6);
  return bytes;
}

function ucs2(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}
