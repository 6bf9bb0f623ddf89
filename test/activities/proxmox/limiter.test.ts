import { expect, test } from '@jest/globals';
import { Limiter } from '../../../activities/proxmox/limiter.js';

/** Work that goes on until it is told to end. */
function aJob() {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  let begun = false;
  return {
    run: () => {
      begun = true;
      return ended;
    },
    end,
    hasBegun: () => begun,
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

const ONE = [{ key: 'storage', most: 1 }];

test('no more than allowed run at once, and the others follow in the order in which they came', async () => {
  const limiter = new Limiter();
  const limits = [{ key: 'storage', most: 2 }];
  const jobs = [aJob(), aJob(), aJob(), aJob()];
  const running = jobs.map((job) => limiter.run(limits, job.run));
  await settle();
  const atFirst = jobs.map((job) => job.hasBegun());
  jobs[1]?.end();
  await running[1];
  await settle();
  const afterOne = jobs.map((job) => job.hasBegun());

  for (const job of jobs) job.end();
  await Promise.all(running);

  expect(atFirst).toEqual([true, true, false, false]);
  expect(afterOne).toEqual([true, true, true, false]);
  expect(jobs[3]?.hasBegun()).toBe(true);
});

test('other keys do not wait', async () => {
  const limiter = new Limiter();
  const job = aJob();
  const running = limiter.run(ONE, job.run);

  const result = await limiter.run([{ key: 'other', most: 1 }], () => Promise.resolve('done'));

  expect(result).toBe('done');
  job.end();
  await running;
});

test('work that fails gives its place back', async () => {
  const limiter = new Limiter();

  await expect(limiter.run(ONE, () => Promise.reject(new Error('no')))).rejects.toThrow('no');

  await expect(limiter.run(ONE, () => Promise.resolve(1))).resolves.toBe(1);
});

test('who is aborted while waiting leaves the queue, and takes no place', async () => {
  const limiter = new Limiter();
  const [first, last] = [aJob(), aJob()];
  const running = limiter.run(ONE, first.run);
  const abort = new AbortController();
  const waiting = limiter.run(ONE, () => Promise.resolve(), { signal: abort.signal });
  const lastRunning = limiter.run(ONE, last.run);
  await settle();

  abort.abort(new Error('given up'));

  await expect(waiting).rejects.toThrow('given up');
  expect(limiter.waiting('storage')).toBe(1);
  first.end();
  await running;
  await settle();
  expect(last.hasBegun()).toBe(true);
  last.end();
  await lastRunning;
});

test('who is aborted already does not begin', async () => {
  const job = aJob();

  const running = new Limiter().run(ONE, job.run, { signal: AbortSignal.abort(new Error('too late')) });

  await expect(running).rejects.toThrow('too late');
  expect(job.hasBegun()).toBe(false);
});

test('two that want the same two keys in another order do not wait for one another', async () => {
  const limiter = new Limiter();
  const [a, b] = [
    { key: 'a', most: 1 },
    { key: 'b', most: 1 },
  ];

  const results = await Promise.all([
    limiter.run([a, b], () => Promise.resolve(1)),
    limiter.run([b, a], () => Promise.resolve(2)),
  ]);

  expect(results).toEqual([1, 2]);
});

test('what is waited for is told', async () => {
  const limiter = new Limiter();
  const job = aJob();
  const told: string[] = [];
  const running = limiter.run(ONE, job.run, { onWait: (key) => told.push(key) });
  const waiting = limiter.run(ONE, () => Promise.resolve(), { onWait: (key) => told.push(key) });
  await settle();

  job.end();
  await Promise.all([running, waiting]);

  expect(told).toEqual(['storage']);
});
