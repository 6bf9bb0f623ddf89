/** Writes a database as bbolt does (https://github.com/etcd-io/bbolt): pages of 4 KiB, each bucket a tree of them. */

const PAGE_BYTES = 4_096;
const HEADER_BYTES = 16;
const ELEMENT_BYTES = 16;
const BUCKET_BYTES = 16;
const META_BYTES = 64;
const MAGIC = 0xed0cdaed;
const VERSION = 2;
const BRANCH = 1;
const LEAF = 2;
const META = 4;
const FREE_LIST = 16;
const IS_BUCKET = 1;

export interface BoltEntry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** @param buckets in the order of their names, the entries in the order of their keys. */
export function boltFile(
  buckets: readonly { readonly name: string; readonly entries: readonly BoltEntry[] }[],
): Buffer {
  const pages: Buffer[] = [];
  let next = 3;
  const add = (flags: number, count: number, body: Buffer): number => {
    const id = next;
    const length = Math.ceil((HEADER_BYTES + body.length) / PAGE_BYTES);
    pages.push(page(id, { flags, count, body, length }));
    next += length;
    return id;
  };
  const leaf = (entries: readonly BoltEntry[], flags = 0): number =>
    add(LEAF, entries.length, leafBody(entries, flags));
  const roots = buckets.map(({ name, entries }): BoltEntry => {
    const leaves = inPages(entries).map((part) => ({
      first: part[0]?.key ?? Buffer.alloc(0),
      id: leaf(part),
    }));
    const [only] = leaves;
    const root =
      leaves.length === 1 && only !== undefined ? only.id : add(BRANCH, leaves.length, branchBody(leaves));
    const value = Buffer.alloc(BUCKET_BYTES);
    value.writeBigUInt64LE(BigInt(root));
    return { key: Buffer.from(name), value };
  });
  const root = leaf(roots, IS_BUCKET);
  const metas = [0, 1].map((id) => {
    const body = metaBody({ root, pages: next, transaction: id });
    return page(id, { flags: META, count: 0, body, length: 1 });
  });
  return Buffer.concat([
    ...metas,
    page(2, { flags: FREE_LIST, count: 0, body: Buffer.alloc(0), length: 1 }),
    ...pages,
  ]);
}

/** As many to a page as it holds; a single one that is larger has further pages behind its own. */
function inPages(entries: readonly BoltEntry[]): BoltEntry[][] {
  const parts: BoltEntry[][] = [[]];
  let bytes = HEADER_BYTES;
  for (const entry of entries) {
    const size = ELEMENT_BYTES + entry.key.length + entry.value.length;
    if (bytes + size > PAGE_BYTES && parts.at(-1)?.length !== 0) {
      parts.push([]);
      bytes = HEADER_BYTES;
    }
    parts.at(-1)?.push(entry);
    bytes += size;
  }
  return parts;
}

function page(
  id: number,
  {
    flags,
    count,
    body,
    length,
  }: { readonly flags: number; readonly count: number; readonly body: Buffer; readonly length: number },
): Buffer {
  const bytes = Buffer.alloc(length * PAGE_BYTES);
  bytes.writeBigUInt64LE(BigInt(id), 0);
  bytes.writeUInt16LE(flags, 8);
  bytes.writeUInt16LE(count, 10);
  bytes.writeUInt32LE(length - 1, 12);
  body.copy(bytes, HEADER_BYTES);
  return bytes;
}

function leafBody(entries: readonly BoltEntry[], flags: number): Buffer {
  const elements = Buffer.alloc(entries.length * ELEMENT_BYTES);
  let at = elements.length;
  entries.forEach(({ key, value }, index) => {
    const element = index * ELEMENT_BYTES;
    elements.writeUInt32LE(flags, element);
    elements.writeUInt32LE(at - element, element + 4);
    elements.writeUInt32LE(key.length, element + 8);
    elements.writeUInt32LE(value.length, element + 12);
    at += key.length + value.length;
  });
  return Buffer.concat([elements, ...entries.flatMap(({ key, value }) => [key, value])]);
}

function branchBody(children: readonly { readonly first: Buffer; readonly id: number }[]): Buffer {
  const elements = Buffer.alloc(children.length * ELEMENT_BYTES);
  let at = elements.length;
  children.forEach(({ first, id }, index) => {
    const element = index * ELEMENT_BYTES;
    elements.writeUInt32LE(at - element, element);
    elements.writeUInt32LE(first.length, element + 4);
    elements.writeBigUInt64LE(BigInt(id), element + 8);
    at += first.length;
  });
  return Buffer.concat([elements, ...children.map(({ first }) => first)]);
}

function metaBody({
  root,
  pages,
  transaction,
}: {
  readonly root: number;
  readonly pages: number;
  readonly transaction: number;
}): Buffer {
  const meta = Buffer.alloc(META_BYTES);
  meta.writeUInt32LE(MAGIC, 0);
  meta.writeUInt32LE(VERSION, 4);
  meta.writeUInt32LE(PAGE_BYTES, 8);
  meta.writeBigUInt64LE(BigInt(root), 16);
  meta.writeBigUInt64LE(2n, 32);
  meta.writeBigUInt64LE(BigInt(pages), 40);
  meta.writeBigUInt64LE(BigInt(transaction), 48);
  meta.writeBigUInt64LE(fnv1a(meta.subarray(0, 56)), 56);
  return meta;
}

/** FNV-1a with 64 bits (http://www.isthe.com/chongo/tech/comp/fnv). */
function fnv1a(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}
