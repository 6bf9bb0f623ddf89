import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { openStream, sealStream } from '../../../activities/backup/sealed-stream.js';
import { all, broken, cut, streamOf } from './streams.js';

const masterKey = Buffer.alloc(32, 7);
const context = ['uid-1', 'backup-1', 'etcd-snapshot'];
const KEY = { masterKey, context, chunkBytes: 100 };
const HEADER_BYTES = 53;
const SEALED_CHUNK = 116;

const sealed = (content: Buffer): Promise<Buffer> => all(sealStream(cut(content, 33), KEY));
const opened = (bytes: Buffer, key = KEY): Promise<Buffer> => all(openStream(cut(bytes, 41), key));

describe('a sealed stream', () => {
  test.each([0, 1, 99, 100, 101, 200, 1_000])('of %i bytes opens as what it was', async (length) => {
    const content = randomBytes(length);

    expect(await opened(await sealed(content))).toEqual(content);
  });

  test('has nothing of its content in the clear, and is another one each time', async () => {
    const content = Buffer.from('the same secret '.repeat(40));
    const [one, other] = [await sealed(content), await sealed(content)];

    expect(one.includes('secret')).toBe(false);
    expect(one.equals(other)).toBe(false);
  });

  test('holds one chunk in memory, however long it is: what it gives out comes before the rest is read', async () => {
    let read = 0;
    async function* content(): AsyncGenerator<Buffer> {
      for (; read < 1_000; read += 1) yield Buffer.alloc(100);
    }
    const stream = sealStream(content(), KEY);
    for (let chunk = 0; chunk < 4; chunk += 1) await stream.next();
    await stream.return(undefined);

    expect(read).toBeLessThan(10);
  });

  test.each([
    ['a bit of its first chunk is another', (b: Buffer) => flip(b, HEADER_BYTES)],
    ['a bit of its last tag is another', (b: Buffer) => flip(b, b.length - 1)],
    ['a bit of its salt is another', (b: Buffer) => flip(b, 20)],
    ['the end is cut off in a chunk', (b: Buffer) => b.subarray(0, b.length - 5)],
    ['its last chunk is cut off', (b: Buffer) => b.subarray(0, HEADER_BYTES + 2 * SEALED_CHUNK)],
    ['all its chunks are cut off', (b: Buffer) => b.subarray(0, HEADER_BYTES)],
    ['its header is cut off', (b: Buffer) => b.subarray(0, HEADER_BYTES - 1)],
    [
      'two chunks changed places',
      (b: Buffer) =>
        Buffer.concat([head(b), chunk(b, 1), chunk(b, 0), b.subarray(HEADER_BYTES + 2 * SEALED_CHUNK)]),
    ],
    ['a chunk comes twice', (b: Buffer) => Buffer.concat([head(b), chunk(b, 0), b.subarray(HEADER_BYTES)])],
    ['a chunk is left out', (b: Buffer) => Buffer.concat([head(b), b.subarray(HEADER_BYTES + SEALED_CHUNK)])],
    ['something is behind it', (b: Buffer) => Buffer.concat([b, Buffer.from('x')])],
    ['it is something else', () => Buffer.alloc(200, 1)],
    [
      'it is of a version to come',
      (b: Buffer) => Buffer.concat([b.subarray(0, 8), Buffer.from([2]), b.subarray(9)]),
    ],
  ])('does not open when %s', async (_what, damage) => {
    const bytes = damage(await sealed(randomBytes(250)));

    await expect(opened(bytes)).rejects.toMatchObject({ code: 'BACKUP_CORRUPT' });
  });

  test('does not open in another place', async () => {
    const bytes = await sealed(randomBytes(50));

    const elsewhere = { ...KEY, context: ['uid-1', 'backup-2', 'etcd-snapshot'] };

    await expect(opened(bytes, elsewhere)).rejects.toMatchObject({ code: 'BACKUP_CORRUPT' });
  });

  test('says which key it was sealed with, where another one is configured', async () => {
    const bytes = await sealed(randomBytes(50));

    const opening = opened(bytes, { ...KEY, masterKey: Buffer.alloc(32, 8) });

    await expect(opening).rejects.toMatchObject({ code: 'BACKUP_KEY_UNKNOWN' });
    await expect(opening).rejects.toThrow(/^it was sealed with the key [0-9a-f]{16}, and [0-9a-f]{16} /);
  });

  test('of a content that breaks off breaks off with its error, and what came of it does not open', async () => {
    const taken: Buffer[] = [];
    const sealing = (async () => {
      const source = broken(new Error('the link died'), randomBytes(250));
      for await (const piece of sealStream(source, KEY)) taken.push(piece);
    })();

    await expect(sealing).rejects.toThrow('the link died');
    await expect(opened(Buffer.concat(taken))).rejects.toMatchObject({ code: 'BACKUP_CORRUPT' });
  });

  test('of the first version opens for ever', async () => {
    const written = Buffer.from(WRITTEN, 'base64');

    expect((await all(openStream(streamOf(written), { masterKey, context }))).toString()).toBe(
      'kept for ever',
    );
  });
});

/** Written by version 1 of the format; never made anew. */
const WRITTEN =
  'Q1dCQUNLVVAB2wNdCoyOOe6Fvo7kfzLOLz/+9vOHFHjxPiuhueLwqTBEneymR4/bTwABAADab0RL36D03Pozb9R4OisH3s1wDmYuxQFaKqo/yQ==';

const head = (bytes: Buffer): Buffer => bytes.subarray(0, HEADER_BYTES);
const chunk = (bytes: Buffer, index: number): Buffer =>
  bytes.subarray(HEADER_BYTES + index * SEALED_CHUNK, HEADER_BYTES + (index + 1) * SEALED_CHUNK);

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}
