/**
 * A snapshot of the lab's etcd as a file: a database with a revision for each object, as etcd's own is, and the SHA-256 of
 * it behind. What a distribution needs to make a cluster of it again lies in a bucket of its own.
 */
import { createHash } from 'node:crypto';
import { boltEntries } from '../../../activities/backup/bolt-database.js';
import type { ClusterFile } from '../../kubernetes/store/cluster-files.js';
import type { StoredCluster } from '../../kubernetes/store/object-store.js';
import { boltFile, type BoltEntry } from './bolt-file.js';
import { registryObjects } from './registry-keys.js';

const PAGE_BYTES = 512;
export const SNAPSHOT_PROOF_BYTES = 32;
const CLUSTER = 'lab-cluster';
const REVISION_BYTES = 17;

export interface SnapshotContent extends StoredCluster, Omit<ClusterFile, 'content'> {
  /** What the distribution keeps of itself in etcd. */
  readonly bootstrap?: unknown;
}

export function snapshotFile({ content, ...rest }: ClusterFile, bootstrap?: unknown): Buffer {
  const kept: SnapshotContent = { ...content, ...rest, bootstrap };
  const entries = [...registryObjects(content)]
    .map(([key, object], index) => revision(index + 2, key, Buffer.from(JSON.stringify(object))))
    .toSorted((a, b) => Buffer.compare(a.key, b.key));
  const database = boltFile([
    { name: 'key', entries },
    { name: CLUSTER, entries: [{ key: Buffer.from(CLUSTER), value: Buffer.from(JSON.stringify(kept)) }] },
  ]);
  return Buffer.concat([database, createHash('sha256').update(database).digest()]);
}

/** @returns `undefined` for what is no snapshot, or is not whole. */
export async function readSnapshotFile(file: Uint8Array): Promise<SnapshotContent | undefined> {
  const bytes = Buffer.from(file);
  if (bytes.length % PAGE_BYTES !== SNAPSHOT_PROOF_BYTES) return undefined;
  const database = bytes.subarray(0, -SNAPSHOT_PROOF_BYTES);
  if (!createHash('sha256').update(database).digest().equals(bytes.subarray(-SNAPSHOT_PROOF_BYTES)))
    return undefined;
  for await (const { value } of boltEntries(() => whole(database), CLUSTER)) {
    return JSON.parse(value.toString()) as SnapshotContent;
  }
  return undefined;
}

async function* whole(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** As etcd's own storage has it: the revision is the key, the object's key is in the value. */
function revision(number: number, key: string, object: Buffer): BoltEntry {
  const name = Buffer.alloc(REVISION_BYTES, 0);
  name.writeBigUInt64BE(BigInt(number), 0);
  name.write('_', 8);
  const value = Buffer.concat([field(1, Buffer.from(key)), field(5, object)]);
  return { key: name, value };
}

/** Of protobuf: bytes with their length. */
function field(tag: number, bytes: Buffer): Buffer {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([(tag << 3) | 2, ...length, rest]), bytes]);
}
