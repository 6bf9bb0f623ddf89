import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { race, release, startChild, type ChildReport } from './children.js';
import { aDatabasePath, aStore } from './store-builder.js';

const CHILD_TEST_TIMEOUT_MS = 240_000;

describe('permits that several processes share', () => {
  test(
    'are never held by more than allowed, and all three processes with 50 requests each are served',
    async () => {
      const path = aDatabasePath();
      const children = await Promise.all(
        ['red', 'green', 'blue'].map((who) => startChild({ path, job: 'permit', who, to: 2 })),
      );

      const reports = await race(children);

      expect(reports.map(({ failed }) => failed)).toEqual([undefined, undefined, undefined]);
      expect(reports.flatMap(({ taken }) => taken ?? [])).toHaveLength(150);
      const { permits } = await aStore({ path });
      await expect(
        permits.run([{ key: 'storage', most: 1 }], () => Promise.resolve('free'), { owner: 'late' }),
      ).resolves.toBe('free');
    },
    CHILD_TEST_TIMEOUT_MS,
  );

  test(
    'come back from one that was killed',
    async () => {
      const path = aDatabasePath();
      const child = await startChild({ path, job: 'hold', who: 'doomed', to: 1 });
      const exited = once(child, 'exit');
      const holds = once(child, 'message') as Promise<[ChildReport]>;
      release(child);
      expect(await holds).toMatchObject([{ committed: 'doomed' }]);
      let ahead = 0;
      const store = await aStore({ path, now: () => new Date(Date.now() + ahead) });
      let waits = (): void => {};
      const isWaiting = new Promise<void>((resolve) => (waits = resolve));
      const waiting = store.permits.run([{ key: 'storage', most: 1 }], () => Promise.resolve('free'), {
        owner: 'survivor',
        onWait: () => waits(),
      });
      await isWaiting;

      child.kill('SIGKILL');
      await exited;
      ahead = 31_000;

      await expect(waiting).resolves.toBe('free');
    },
    CHILD_TEST_TIMEOUT_MS,
  );
});
