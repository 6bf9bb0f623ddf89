/**
 * Reads a bucket of a database of bbolt (https://github.com/etcd-io/bbolt/blob/main/internal/common): pages of one size,
 * of which two at the beginning name the root. It comes as a stream, twice: the pages in between lead to those with
 * entries, and are the few that are held; pages that belong to no tree any more are full of what was there before.
 */
import { fail } from '../../domain/errors.js';

export interface BoltEntry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Each call gives the whole database from its beginning; what comes behind it is not looked at. */
export type BoltSource = () => AsyncIterable<Uint8Array>;

const HEADER_BYTES = 16;
const ELEMENT_BYTES = 16;
const BUCKET_BYTES = 16;
const MAGIC = 0xed0cdaed;
const IS_BRANCH = 1;
const IS_LEAF = 2;
const IS_BUCKET = 1;
const META_PAGES = 2;
const LEAST_PAGE_BYTES = 1_024;
const MOST_PAGE_BYTES = 65_536;

/** In the order of the pages, which is not that of the keys. @throws `BACKUP_CORRUPT` */
export async function* boltEntries(source: BoltSource, bucket: string): AsyncGenerator<BoltEntry> {
  const { pageBytes, root, inner } = await readTree(source);
  const entry = entriesOf(rootPage(inner, root)).find(
    ({ key, flags }) => flags === IS_BUCKET && key.toString() === bucket,
  );
  if (entry === undefined) throw corrupt(`it has no bucket "${bucket}"`);
  const bucketRoot = Number(entry.value.readBigUInt64LE(0));
  if (bucketRoot === 0) {
    // A small bucket lies where it is named.
    yield* entriesOf(entry.value.subarray(BUCKET_BYTES));
    return;
  }
  const leaves = leavesBelow(bucketRoot, inner);
  let missing = leaves.size;
  for await (const { page } of pagesOf(source(), pageBytes, (id, header) =>
    leaves.has(id) ? overflowOf(header) : null,
  )) {
    missing -= 1;
    if (flagsOf(page) !== IS_LEAF) throw corrupt('a page of entries is none');
    yield* entriesOf(page);
  }
  if (missing > 0) throw corrupt(`${missing} of its pages are missing`);
}

interface Tree {
  readonly pageBytes: number;
  readonly root: number;
  /** Pages that lead to others, and the one with the buckets. */
  readonly inner: ReadonlyMap<number, Buffer>;
}

async function readTree(source: BoltSource): Promise<Tree> {
  const pageBytes = await pageBytesOf(source);
  const metas: { readonly root: number; readonly transaction: bigint }[] = [];
  let root = -1;
  const inner = new Map<number, Buffer>();
  const wanted = (id: number, header: Buffer): number | null => {
    if (id < META_PAGES) return 0;
    if (id === root) return overflowOf(header);
    const isBranch = Number(header.readBigUInt64LE(0)) === id && flagsOf(header) === IS_BRANCH;
    // The keys of revisions are short: such a page never flows over.
    return isBranch && overflowOf(header) === 0 ? 0 : null;
  };
  for await (const { id, page } of pagesOf(source(), pageBytes, wanted)) {
    if (id >= META_PAGES) {
      inner.set(id, page);
      continue;
    }
    if (page.readUInt32LE(HEADER_BYTES) === MAGIC) {
      metas.push({
        root: Number(page.readBigUInt64LE(HEADER_BYTES + 16)),
        transaction: page.readBigUInt64LE(HEADER_BYTES + 48),
      });
    }
    const newest = metas.toSorted((a, b) => Number(b.transaction - a.transaction))[0];
    root = newest?.root ?? -1;
  }
  if (root === -1) throw corrupt('it does not begin like a database');
  return { pageBytes, root, inner };
}

async function pageBytesOf(source: BoltSource): Promise<number> {
  let start = Buffer.alloc(0);
  for await (const chunk of source()) {
    start = Buffer.concat([start, chunk]);
    if (start.length >= HEADER_BYTES + 12) break;
  }
  if (start.length < HEADER_BYTES + 12 || start.readUInt32LE(HEADER_BYTES) !== MAGIC) {
    throw corrupt('it does not begin like a database');
  }
  const size = start.readUInt32LE(HEADER_BYTES + 8);
  if (size < LEAST_PAGE_BYTES || size > MOST_PAGE_BYTES) throw corrupt(`its pages would have ${size} bytes`);
  return size;
}

/**
 * The wanted pages of a stream, each with those that it flows over to.
 * @param wanted how many further pages belong to it; `null`: it is not wanted. Its header may be anything.
 */
async function* pagesOf(
  stream: AsyncIterable<Uint8Array>,
  pageBytes: number,
  wanted: (id: number, header: Buffer) => number | null,
): AsyncGenerator<{ readonly id: number; readonly page: Buffer }> {
  let waiting: Buffer[] = [];
  let held = 0;
  let id = 0;
  let current: { readonly id: number; readonly parts: Buffer[]; left: number } | null = null;
  for await (const chunk of stream) {
    waiting.push(Buffer.from(chunk));
    held += chunk.length;
    if (held < pageBytes) continue;
    const bytes = Buffer.concat(waiting);
    let at = 0;
    for (; bytes.length - at >= pageBytes; at += pageBytes, id += 1) {
      const page = bytes.subarray(at, at + pageBytes);
      if (current === null) {
        const overflow = wanted(id, page);
        if (overflow === null) continue;
        current = { id, parts: [], left: overflow + 1 };
      }
      current.parts.push(page);
      current.left -= 1;
      if (current.left > 0) continue;
      yield { id: current.id, page: Buffer.concat(current.parts) };
      current = null;
    }
    waiting = [bytes.subarray(at)];
    held = bytes.length - at;
  }
}

function rootPage(inner: Tree['inner'], root: number): Buffer {
  const page = inner.get(root);
  if (page === undefined || flagsOf(page) !== IS_LEAF) throw corrupt('its list of buckets is not found');
  return page;
}

/** Ids of the pages with entries. @throws `BACKUP_CORRUPT` where pages lead in a circle. */
function leavesBelow(root: number, inner: Tree['inner']): Set<number> {
  const leaves = new Set<number>();
  const seen = new Set<number>();
  const todo = [root];
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    const page = inner.get(id);
    if (page === undefined || flagsOf(page) !== IS_BRANCH) {
      leaves.add(id);
      continue;
    }
    if (seen.has(id)) throw corrupt('its pages lead in a circle');
    seen.add(id);
    for (let index = 0; index < countOf(page); index += 1) {
      todo.push(Number(page.readBigUInt64LE(HEADER_BYTES + index * ELEMENT_BYTES + 8)));
    }
  }
  return leaves;
}

function entriesOf(page: Buffer): (BoltEntry & { readonly flags: number })[] {
  return Array.from({ length: countOf(page) }, (_, index) => {
    const element = HEADER_BYTES + index * ELEMENT_BYTES;
    const start = element + page.readUInt32LE(element + 4);
    const keyEnd = start + page.readUInt32LE(element + 8);
    const end = keyEnd + page.readUInt32LE(element + 12);
    if (end > page.length) throw corrupt('an entry does not fit its page');
    return {
      flags: page.readUInt32LE(element),
      key: page.subarray(start, keyEnd),
      value: page.subarray(keyEnd, end),
    };
  });
}

const flagsOf = (page: Buffer): number => page.readUInt16LE(8);
const countOf = (page: Buffer): number => page.readUInt16LE(10);
const overflowOf = (page: Buffer): number => page.readUInt32LE(12);

function corrupt(what: string) {
  return fail('BACKUP_CORRUPT', `the snapshot is no database of etcd: ${what}`);
}
