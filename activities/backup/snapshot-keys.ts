/**
 * The keys that a snapshot of etcd holds. Its storage has an entry for each revision that was not compacted away: 17 bytes
 * of revision, one more where the key was deleted then, and a protobuf with the key
 * (https://github.com/etcd-io/etcd/blob/main/api/mvccpb/kv.proto).
 */
import { fail } from '../../domain/errors.js';
import { boltEntries, type BoltSource } from './bolt-database.js';

const BUCKET = 'key';
const REVISION_BYTES = 17;
/** Field 1, bytes. */
const KEY_TAG = 0x0a;

/** Of all that is not deleted. @throws `BACKUP_CORRUPT` */
export async function snapshotKeys(source: BoltSource): Promise<Set<string>> {
  const newest = new Map<string, { readonly revision: Buffer; readonly isDeleted: boolean }>();
  for await (const { key: entry, value } of boltEntries(source, BUCKET)) {
    if (entry.length < REVISION_BYTES)
      throw fail('BACKUP_CORRUPT', 'the snapshot has a revision that is none');
    const key = keyIn(value);
    const known = newest.get(key);
    const revision = entry.subarray(0, REVISION_BYTES);
    if (known !== undefined && Buffer.compare(known.revision, revision) > 0) continue;
    // A copy: the page that it is a part of is let go.
    newest.set(key, { revision: Buffer.from(revision), isDeleted: entry.length > REVISION_BYTES });
  }
  return new Set([...newest].flatMap(([key, { isDeleted }]) => (isDeleted ? [] : [key])));
}

function keyIn(value: Buffer): string {
  if (value[0] !== KEY_TAG) throw fail('BACKUP_CORRUPT', 'the snapshot has an entry without a key');
  let length = 0;
  let at = 1;
  for (let shift = 0; ; shift += 7, at += 1) {
    const byte = value[at] ?? 0;
    length |= (byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) break;
  }
  return value.subarray(at + 1, at + 1 + length).toString('utf8');
}
