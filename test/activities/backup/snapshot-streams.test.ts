import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { fromBase64 } from '../../../activities/backup/base64-stream.js';
import { fromGateway } from '../../../activities/backup/gateway-snapshot.js';
import { proved } from '../../../activities/backup/snapshot-proof.js';
import { all, aSnapshot, cut, streamOf } from './streams.js';

const FAILED = { code: 'BACKUP_SNAPSHOT_FAILED' };

describe('the proof of a snapshot', () => {
  test.each([1, 31, 32, 33, 512, 100_000])(
    'is found in chunks of %i bytes, and all is passed on',
    async (size) => {
      const snapshot = aSnapshot();

      expect((await all(proved(cut(snapshot, size)))).equals(snapshot)).toBe(true);
    },
  );

  test.each([
    ['nothing came', () => Buffer.alloc(0)],
    ['only a hash came', (b: Buffer) => b.subarray(-32)],
    ['the hash is missing', (b: Buffer) => b.subarray(0, -32)],
    ['it broke off', (b: Buffer) => b.subarray(0, 1_000)],
    ['it broke off where a page and a hash would end', (b: Buffer) => b.subarray(0, 512 + 32)],
    ['a byte is another', (b: Buffer) => Buffer.concat([Buffer.from([(b[0] ?? 0) ^ 1]), b.subarray(1)])],
  ])('is missing when %s', async (_what, damage) => {
    await expect(all(proved(cut(damage(aSnapshot()), 100)))).rejects.toMatchObject(FAILED);
  });
});

describe('what a machine prints', () => {
  const content = randomBytes(10_000);

  test.each([1, 3, 1_000])('in base64 is read in chunks of %i characters', async (size) => {
    const text = Buffer.from(content.toString('base64'));

    expect((await all(fromBase64(cut(text, size)))).equals(content)).toBe(true);
  });

  test.each([
    ['breaks off in a group', content.toString('base64').slice(0, 101)],
    ['is something else', 'no such file or directory'],
    ['goes on behind its end', 'YQ==YQ=='],
  ])('in base64 is refused when it %s', async (_what, text) => {
    await expect(all(fromBase64(streamOf(text)))).rejects.toMatchObject(FAILED);
  });

  test.each([7, 4_096])('by the gateway of etcd is read in chunks of %i', async (size) => {
    const line = (blob: Buffer, remaining: number): string =>
      `${JSON.stringify({ result: { remaining_bytes: String(remaining), blob: blob.toString('base64') } })}\n`;
    const answer = line(content.subarray(0, 9_000), 1_000) + line(content.subarray(9_000), 0);

    expect((await all(fromGateway(cut(Buffer.from(answer), size)))).equals(content)).toBe(true);
  });

  test('by the gateway may be an error, and that of etcd is told', async () => {
    const answer =
      '{"result":{"blob":"YQ=="}}\n{"error":{"grpc_code":13,"message":"etcdserver: no space"}}\n';

    await expect(all(fromGateway(streamOf(answer)))).rejects.toThrow('etcd: etcdserver: no space');
  });

  test('by the gateway is refused when it breaks off', async () => {
    await expect(all(fromGateway(streamOf('{"result":{"blob":"YQ')))).rejects.toMatchObject(FAILED);
  });
});
