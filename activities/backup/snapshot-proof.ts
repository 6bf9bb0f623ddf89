/**
 * The proof that a snapshot of etcd carries: behind the database, whose pages are multiples of 512 bytes, etcd appends the
 * SHA-256 of it (https://etcd.io/docs/v3.5/op-guide/recovery/). A snapshot that broke off has none.
 */
import { createHash } from 'node:crypto';
import { fail } from '../../domain/errors.js';

const HASH_BYTES = 32;
const PAGE_BYTES = 512;

/** Passes the snapshot on. @throws `BACKUP_SNAPSHOT_FAILED` at its end, when it does not prove itself. */
export async function* proved(snapshot: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let bytes = 0;
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of snapshot) {
    bytes += chunk.length;
    const known = Buffer.concat([tail, chunk]);
    const split = Math.max(0, known.length - HASH_BYTES);
    hash.update(known.subarray(0, split));
    tail = Buffer.from(known.subarray(split));
    yield Buffer.from(chunk);
  }
  if (bytes <= HASH_BYTES) throw fail('BACKUP_SNAPSHOT_FAILED', `the snapshot has ${bytes} bytes`);
  if (bytes % PAGE_BYTES !== HASH_BYTES) {
    throw fail(
      'BACKUP_SNAPSHOT_FAILED',
      `the snapshot broke off: its ${bytes} bytes are no database with its hash`,
    );
  }
  if (!hash.digest().equals(tail)) {
    throw fail('BACKUP_SNAPSHOT_FAILED', 'the snapshot does not have the hash that etcd gave with it');
  }
}
