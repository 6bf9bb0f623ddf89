/** What every destination of backups has to do. */
import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { BackupDestination } from '../../../activities/backup/destinations/destination.js';
import { all, broken, cut, streamOf } from './streams.js';

export const NEVER = new AbortController().signal;

export interface DestinationUnderTest {
  readonly destination: BackupDestination;
  /** Leaves behind what a process leaves that was killed while it put the key. */
  leavePartial(key: string): Promise<void>;
  /** How much of partial uploads is there. */
  partials(): Promise<number>;
}

/** @param largeBytes more than goes in one piece. */
export function describeDestination(
  world: () => DestinationUnderTest,
  { largeBytes }: { readonly largeBytes: number },
): void {
  const read = async (key: string): Promise<Buffer | undefined> => {
    const content = await world().destination.get(key, NEVER);
    return content && all(content);
  };

  test.each([
    ['nothing', 0],
    ['little', 10],
    ['more than goes in one piece', largeBytes],
  ])('gives back what was put: %s', async (name, length) => {
    const content = randomBytes(length);
    const key = `uid/sizes/${name.replaceAll(' ', '-')}.cwb`;

    await world().destination.put(key, cut(content, 64 * 1024), NEVER);

    expect((await read(key))?.equals(content)).toBe(true);
    expect(await world().destination.list('uid/sizes/', NEVER)).toContainEqual({ key, bytes: length });
  });

  test('puts in place of what was there', async () => {
    const { destination } = world();
    await destination.put('uid/twice/a', streamOf('before'), NEVER);
    await destination.put('uid/twice/a', streamOf('after'), NEVER);

    expect(String(await read('uid/twice/a'))).toBe('after');
    expect(await destination.list('uid/twice/', NEVER)).toEqual([{ key: 'uid/twice/a', bytes: 5 }]);
  });

  test('has nothing of a key that was never put', async () => {
    expect(await read('uid/none/a')).toBeUndefined();
    expect(await world().destination.list('uid/none/', NEVER)).toEqual([]);
  });

  test('lists what lies under the prefix, by key, and nothing else', async () => {
    const { destination } = world();
    for (const key of ['uid/list/b', 'uid/list/a', 'uid/list-2/c']) {
      await destination.put(key, streamOf(key), NEVER);
    }

    const keys = (await destination.list('uid/list/', NEVER)).map(({ key }) => key);

    expect(keys).toEqual(['uid/list/a', 'uid/list/b']);
  });

  test('removes, and says nothing when there is nothing to remove', async () => {
    const { destination } = world();
    await destination.put('uid/gone/a', streamOf('x'), NEVER);

    await destination.remove('uid/gone/a', NEVER);
    await destination.remove('uid/gone/a', NEVER);

    expect(await read('uid/gone/a')).toBeUndefined();
  });

  test.each([
    ['at once', 1],
    ['after a part was sent', largeBytes],
  ])('has nothing of a content that broke off %s, and its error comes through', async (_when, length) => {
    const { destination } = world();
    const source = broken(new Error('the link died'), randomBytes(length));

    await expect(destination.put('uid/broken/a', source, NEVER)).rejects.toThrow('the link died');

    expect(await read('uid/broken/a')).toBeUndefined();
    expect(await destination.list('uid/broken/', NEVER)).toEqual([]);
    expect(await world().partials()).toBe(0);
  });

  test('keeps what was there when what is to replace it breaks off', async () => {
    const { destination } = world();
    await destination.put('uid/kept/a', streamOf('whole'), NEVER);
    const source = broken(new Error('the link died'), randomBytes(largeBytes));

    await expect(destination.put('uid/kept/a', source, NEVER)).rejects.toThrow();

    expect(String(await read('uid/kept/a'))).toBe('whole');
  });

  test('stops when it is told to, and leaves nothing', async () => {
    const stop = new AbortController();
    async function* content(): AsyncGenerator<Buffer> {
      yield randomBytes(largeBytes);
      stop.abort(new Error('cancelled'));
      yield randomBytes(largeBytes);
    }

    await expect(world().destination.put('uid/stopped/a', content(), stop.signal)).rejects.toThrow(
      'cancelled',
    );

    expect(await read('uid/stopped/a')).toBeUndefined();
    expect(await world().partials()).toBe(0);
  });

  test('takes away what puts left that were killed, under the prefix alone', async () => {
    const { destination } = world();
    await destination.put('uid/killed/whole', streamOf('x'), NEVER);
    await world().leavePartial('uid/killed/half');
    await world().leavePartial('uid/other/half');

    await destination.removePartial('uid/killed/', NEVER);
    const afterOne = await world().partials();
    await destination.removePartial('uid/other/', NEVER);

    expect(afterOne).toBe(1);
    expect(await world().partials()).toBe(0);
    expect(await destination.list('uid/killed/', NEVER)).toEqual([{ key: 'uid/killed/whole', bytes: 1 }]);
  });
}
