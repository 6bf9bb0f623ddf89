/** A snapshot of the lab's etcd as a file: whole pages, as a real database has them, and the SHA-256 of them behind. */
import { createHash } from 'node:crypto';
import type { StoredCluster } from '../../kubernetes/store/object-store.js';

const PAGE_BYTES = 512;
const HASH_BYTES = 32;

/** The pages hold JSON, filled up with spaces. */
export function snapshotFile(content: StoredCluster): Buffer {
  const json = Buffer.from(JSON.stringify(content));
  const pages = Buffer.alloc(Math.ceil(json.length / PAGE_BYTES) * PAGE_BYTES, ' ');
  json.copy(pages);
  return Buffer.concat([pages, createHash('sha256').update(pages).digest()]);
}

/** @returns `undefined` for what is no snapshot, or is not whole. */
export function readSnapshotFile(file: Uint8Array): StoredCluster | undefined {
  const bytes = Buffer.from(file);
  if (bytes.length % PAGE_BYTES !== HASH_BYTES) return undefined;
  const pages = bytes.subarray(0, -HASH_BYTES);
  if (!createHash('sha256').update(pages).digest().equals(bytes.subarray(-HASH_BYTES))) return undefined;
  return JSON.parse(pages.toString()) as StoredCluster;
}
