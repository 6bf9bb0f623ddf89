import { describe, expect, test } from '@jest/globals';
import { openStore } from '../../store/open-store.js';
import { A_KEY, aDatabasePath, aStore, ManualClock } from './store-builder.js';

/** Work that goes on until it is told to end. */
function aJob() {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  return {
    run: () => {
      begin();
      return ended;
    },
    begun,
    end,
  };
}

const ONE = [{ key: 'storage', most: 1 }];
const RED = { owner: 'red' };
const nothing = (): Promise<void> => Promise.resolve();

/** Resolves once somebody waits, with what it is told then. */
function aWaiter() {
  let onWait = (_key: string, _ahead: number): void => {};
  const told = new Promise<{ key: string; ahead: number }>(
    (resolve) => (onWait = (key, ahead) => resolve({ key, ahead })),
  );
  return { told, onWait };
}

describe('permits in one process', () => {
  test('no more than allowed run at once, and the others follow in the order in which they came', async () => {
    const { permits } = await aStore();
    let atOnce = 0;
    let most = 0;
    const order: number[] = [];
    const work = (index: number) => async () => {
      order.push(index);
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce -= 1;
    };

    await Promise.all(
      Array.from({ length: 20 }, (_, index) => permits.run([{ key: 'storage', most: 3 }], work(index), RED)),
    );

    expect(most).toBe(3);
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(permits.usage()).toEqual([]);
  });

  test('of one cluster the lowest rank goes first', async () => {
    const { permits } = await aStore();
    const holder = aJob();
    const order: number[] = [];
    const held = permits.run(ONE, holder.run, RED);
    await holder.begun;
    const waiters = [2, 1, undefined, 1].map((rank) => {
      const { told, onWait } = aWaiter();
      const work = (): Promise<void> => Promise.resolve(void order.push(rank ?? 0));
      const done = permits.run(ONE, work, { ...RED, onWait, ...(rank === undefined ? {} : { rank }) });
      return { told, done };
    });
    await Promise.all(waiters.map(({ told }) => told));
    holder.end();
    await Promise.all([held, ...waiters.map(({ done }) => done)]);

    expect(order).toEqual([0, 1, 1, 2]);
  });

  test('the one request of a cluster does not wait for the hundred of another', async () => {
    const { permits } = await aStore();
    const order: string[] = [];
    const run = (owner: string): Promise<void> =>
      permits.run(
        ONE,
        async () => {
          order.push(owner);
        },
        { owner },
      );

    await Promise.all([...Array.from({ length: 100 }, () => run('large')), run('small')]);

    expect(order).toHaveLength(101);
    expect(order.indexOf('small')).toBe(1);
  });

  test('other keys do not wait, and no keys do not even ask', async () => {
    const { permits } = await aStore();
    const job = aJob();
    const running = permits.run(ONE, job.run, RED);

    await expect(permits.run([{ key: 'other', most: 1 }], () => Promise.resolve(1), RED)).resolves.toBe(1);
    await expect(permits.run([], () => Promise.resolve(2), RED)).resolves.toBe(2);

    job.end();
    await running;
  });

  test('work that fails gives its place back', async () => {
    const { permits } = await aStore();

    await expect(permits.run(ONE, () => Promise.reject(new Error('no')), RED)).rejects.toThrow('no');

    await expect(permits.run(ONE, () => Promise.resolve(1), RED)).resolves.toBe(1);
  });

  test('two that want the same two keys in another order do not wait for one another', async () => {
    const { permits } = await aStore();
    const [a, b] = [
      { key: 'a', most: 1 },
      { key: 'b', most: 1 },
    ];

    const results = await Promise.all([
      permits.run([a, b], () => Promise.resolve(1), RED),
      permits.run([b, a], () => Promise.resolve(2), RED),
    ]);

    expect(results).toEqual([1, 2]);
  });

  test('who waits is told for what and behind how many, again when that changes', async () => {
    const { permits } = await aStore();
    const jobs = [aJob(), aJob()];
    const places: string[] = [];
    const first = aWaiter();
    const running = jobs.map((job) => permits.run(ONE, job.run, RED));
    await jobs[0]?.begun;
    const waiting = permits.run(ONE, nothing, {
      ...RED,
      onWait: (key, ahead) => {
        places.push(`${key} behind ${ahead}`);
        first.onWait(key, ahead);
      },
    });
    await first.told;

    expect(permits.usage()).toEqual([{ key: 'storage', held: 1, waiting: 2 }]);
    jobs[0]?.end();
    await jobs[1]?.begun;
    jobs[1]?.end();
    await Promise.all([...running, waiting]);

    expect(places).toEqual(['storage behind 1', 'storage behind 0']);
  });

  test('who is aborted while waiting leaves the queue, and takes no place', async () => {
    const { permits } = await aStore();
    const job = aJob();
    const running = permits.run(ONE, job.run, RED);
    const abort = new AbortController();
    const waiter = aWaiter();
    const waiting = permits.run(ONE, nothing, { ...RED, signal: abort.signal, onWait: waiter.onWait });
    await waiter.told;
    const last = permits.run(ONE, () => Promise.resolve('last'), RED);

    abort.abort(new Error('given up'));

    await expect(waiting).rejects.toThrow('given up');
    job.end();
    await running;
    await expect(last).resolves.toBe('last');
  });

  test('who is aborted already does not begin', async () => {
    const { permits } = await aStore();
    let hasBegun = false;
    const work = (): Promise<void> => {
      hasBegun = true;
      return Promise.resolve();
    };

    const running = permits.run(ONE, work, { ...RED, signal: AbortSignal.abort(new Error('too late')) });

    await expect(running).rejects.toThrow('too late');
    expect(hasBegun).toBe(false);
  });

  test('who waits when the store is closed is told so', async () => {
    const store = await openStore({ path: aDatabasePath(), secretsKey: A_KEY });
    const [job, waiter] = [aJob(), aWaiter()];
    const running = store.permits.run(ONE, job.run, RED);
    const waiting = store.permits.run(ONE, nothing, { ...RED, onWait: waiter.onWait });
    await waiter.told;

    const [outcome] = await Promise.allSettled([waiting, store.close()]);

    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } });
    job.end();
    await running;
  });
});

describe('permits over several processes', () => {
  test('are given on to who waits in another', async () => {
    const path = aDatabasePath();
    const [left, right] = [await aStore({ path }), await aStore({ path })];
    const [job, waiter] = [aJob(), aWaiter()];
    const running = left.permits.run(ONE, job.run, RED);
    await job.begun;
    const waiting = right.permits.run(ONE, () => Promise.resolve('mine'), {
      owner: 'blue',
      onWait: waiter.onWait,
    });

    expect(await waiter.told).toEqual({ key: 'storage', ahead: 0 });
    job.end();

    await expect(waiting).resolves.toBe('mine');
    await running;
  });

  test('of one that died are free half a minute after it was last heard of, and no sooner', async () => {
    const clock = new ManualClock();
    const path = aDatabasePath();
    const dead = await openStore({ path, secretsKey: A_KEY, now: clock.now });
    const job = aJob();
    const lost = dead.permits.run(ONE, job.run, RED);
    await job.begun;
    clock.advance(29);
    const alive = await aStore({ path, now: clock.now });
    const abort = new AbortController();
    const early = aWaiter();
    const tooEarly = alive.permits.run(ONE, nothing, { ...RED, signal: abort.signal, onWait: early.onWait });
    await early.told;
    abort.abort(new Error('enough'));
    await expect(tooEarly).rejects.toThrow('enough');
    const late = aWaiter();
    const waiting = alive.permits.run(ONE, () => Promise.resolve('free'), { ...RED, onWait: late.onWait });
    await late.told;

    clock.advance(2);

    await expect(waiting).resolves.toBe('free');
    job.end();
    await lost;
    await dead.close();
  });

  test('stay with one that stood still and goes on: what it holds is counted again', async () => {
    const clock = new ManualClock();
    const path = aDatabasePath();
    const [stalled, alive] = [await aStore({ path, now: clock.now }), await aStore({ path, now: clock.now })];
    const job = aJob();
    const running = stalled.permits.run(ONE, job.run, RED);
    await job.begun;
    clock.advance(31);
    await alive.permits.run(ONE, nothing, { owner: 'blue' });
    // Its next word to the store tells the others that it is not dead.
    await stalled.permits.run([{ key: 'other', most: 1 }], nothing, RED);
    const waiter = aWaiter();
    const waiting = alive.permits.run(ONE, nothing, { owner: 'blue', onWait: waiter.onWait });

    expect(await waiter.told).toEqual({ key: 'storage', ahead: 0 });

    job.end();
    await Promise.all([running, waiting]);
  });
});
