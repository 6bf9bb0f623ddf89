/** Doing many things at once, within a bound, and stopping all when one fails. */
import { CancellationScope } from '@temporalio/workflow';

/**
 * Runs `work` on each item, at most `limit` at once, in order. When one fails the others are cancelled and awaited,
 * so that nothing of it still runs when this rejects.
 */
export async function forEachLimited<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const scope = new CancellationScope();
  const queue = [...items];
  const failures: unknown[] = [];
  const runOne = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
        queue.length = 0;
        scope.cancel();
      }
    }
  };
  await scope.run(async () => {
    await Promise.all(Array.from({ length: Math.min(limit, items.length) }, runOne));
  });
  if (failures.length > 0) throw failures[0];
}

/** Runs all at once; when one fails the others are cancelled and awaited. */
export async function together(...works: readonly (() => Promise<void>)[]): Promise<void> {
  await forEachLimited(works, works.length, (work) => work());
}
