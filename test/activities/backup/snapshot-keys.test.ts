import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { snapshotKeys } from '../../../activities/backup/snapshot-keys.js';
import { boltFile, type BoltEntry } from '../../../lab/guest/etcd/bolt-file.js';

/** A revision of a key, as etcd's storage has it (https://etcd.io/docs/v3.5/learning/data_model). */
function revision(number: number, key: string, bytes: number, isDeleted: boolean): BoltEntry {
  const name = Buffer.alloc(isDeleted ? 18 : 17);
  name.writeBigUInt64BE(BigInt(number), 0);
  name.write('_', 8);
  if (isDeleted) name.write('t', 17);
  const encoded = Buffer.from(key);
  return {
    key: name,
    value: Buffer.concat([Buffer.from([0x0a, encoded.length]), encoded, Buffer.alloc(bytes)]),
  };
}

async function* inChunks(file: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size);
}

const changes = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    bytes: fc.constantFrom(0, 300, 5_000, 20_000),
    isDeleted: fc.boolean(),
  }),
  { maxLength: 60 },
);

describe('the keys of a snapshot', () => {
  test('are those whose newest revision is no deletion, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(changes, fc.integer({ min: 1_000, max: 40_000 }), async (revisions, size) => {
        const entries = revisions.map(({ key, bytes, isDeleted }, index) =>
          revision(index + 1, key, bytes, isDeleted),
        );
        const file = boltFile([
          { name: 'key', entries },
          { name: 'meta', entries: [] },
        ]);
        const live = new Map(revisions.map(({ key, isDeleted }) => [key, !isDeleted]));

        const keys = await snapshotKeys(() => inChunks(file, size));

        expect([...keys].toSorted()).toEqual(
          [...live].flatMap(([key, isThere]) => (isThere ? [key] : [])).toSorted(),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('are not looked for in what is no database, or broke off', async () => {
    const entries = Array.from({ length: 50 }, (_, index) => revision(index + 1, `k${index}`, 900, false));
    const file = boltFile([{ name: 'key', entries }]);
    const corrupt = { code: 'BACKUP_CORRUPT' };

    await expect(snapshotKeys(() => inChunks(Buffer.alloc(9_000), 4_096))).rejects.toMatchObject(corrupt);
    await expect(snapshotKeys(() => inChunks(file.subarray(0, 20_000), 4_096))).rejects.toMatchObject(
      corrupt,
    );
    await expect(snapshotKeys(() => inChunks(Buffer.alloc(10), 4))).rejects.toMatchObject(corrupt);
  });
});
