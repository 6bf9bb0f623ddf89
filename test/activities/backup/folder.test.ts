import { afterAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { folderDestination } from '../../../activities/backup/destinations/folder.js';
import { describeDestination, NEVER } from './destination-contract.js';
import { all, streamOf } from './streams.js';

const root = mkdtempSync(join(tmpdir(), 'clusterwright-backups-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const destination = folderDestination(root);

const files = (): string[] => readdirSync(root, { recursive: true, encoding: 'utf8' });

describe('a folder as destination', () => {
  describeDestination(
    () => ({
      destination,
      leavePartial: async (key) => {
        mkdirSync(dirname(join(root, key)), { recursive: true });
        writeFileSync(join(root, `${key}.partial`), 'half');
      },
      partials: async () => files().filter((name) => name.endsWith('.partial')).length,
    }),
    { largeBytes: 1024 * 1024 },
  );

  test('is for its owner alone', async () => {
    await destination.put('uid/mine/a', streamOf('x'), NEVER);

    expect(statSync(join(root, 'uid/mine/a')).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, 'uid/mine')).mode & 0o777).toBe(0o700);
  });

  test('has no empty folders when all of a backup is removed', async () => {
    await destination.put('uid-2/one/a', streamOf('x'), NEVER);
    await destination.remove('uid-2/one/a', NEVER);

    expect(files()).not.toContain('uid-2');
    expect(statSync(root).isDirectory()).toBe(true);
  });

  test('that is not there is none: a share that is not mounted must not fill the disk below it', async () => {
    const missing = folderDestination(join(root, 'not-mounted'));

    const failure = { code: 'BACKUP_DESTINATION_FAILED' };
    await expect(missing.put('uid/a', streamOf('x'), NEVER)).rejects.toMatchObject(failure);
    await expect(missing.list('uid/', NEVER)).rejects.toMatchObject(failure);
    expect(files()).not.toContain('not-mounted');
  });

  test('says so when something else is in the way', async () => {
    writeFileSync(join(root, 'a-file'), '');

    const putting = destination.put('a-file/a', streamOf('x'), NEVER);

    await expect(putting).rejects.toMatchObject({ code: expect.stringMatching(/^BACKUP_DESTINATION_/) });
  });

  test('never leads out of itself', async () => {
    await expect(destination.put('../escaped', streamOf('x'), NEVER)).rejects.toMatchObject({
      code: 'INTERNAL',
    });
  });

  test('stops reading when it is told to', async () => {
    await destination.put('uid/read/a', streamOf(Buffer.alloc(1024 * 1024)), NEVER);
    const stop = new AbortController();
    const content = await destination.get('uid/read/a', stop.signal);
    stop.abort(new Error('cancelled'));

    await expect(all(content ?? streamOf())).rejects.toThrow();
  });
});
