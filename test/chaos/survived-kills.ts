/**
 * One run of an operation that comes by many moments, in which its worker is killed. Each kill takes a while, so that some
 * are drawn: `KILLS` says how many of each operation (all: `KILLS=99`), and `KILL_SEED` draws others.
 */
import { sample, shuffledSubarray } from 'fast-check';
import type { FaultStatus } from '../../lab/faults.js';
import type { Ended } from '../e2e/clusters.js';
import { waitFor, type LabProcess } from '../e2e/lab-process.js';
import type { Moment } from './moments.js';

const KILLS = Number(process.env['KILLS'] ?? 2);
const KILL_SEED = Number(process.env['KILL_SEED'] ?? 1);
/** Each kill costs the time in which nobody hears of the worker. */
const PATIENCE_MS = 240_000;

/**
 * Kills the worker each time a moment that was drawn is come by, and lets what it asked for go on without it.
 * @param start begins what is come by in the moments. @param over how it ended; `null` while it goes on.
 * @throws Error that names the moments that nobody came by.
 */
export async function throughKills<T>(
  lab: LabProcess,
  moments: readonly Moment[],
  start: () => Promise<T>,
  over: (begun: T) => Promise<Ended | null>,
): Promise<Ended> {
  const waiting = new Map<string, string>();
  for (const { name, rule } of drawn(moments)) waiting.set(await lab.fault(rule), name);
  const begun = await start();
  const missed = (): Error => new Error(`nobody came by: ${[...waiting.values()].join('; ')}`);
  while (waiting.size > 0) {
    let outcome: Ended | null = null;
    const hit = await waitFor(
      `${[...waiting.values()].join('; ')} to be come by`,
      async () => {
        const ids = await hitAmong(lab, waiting);
        if (ids.length > 0) return ids;
        outcome = await over(begun);
        return outcome === null ? null : [];
      },
      PATIENCE_MS,
    );
    if (hit.length === 0) throw new Error(missed().message, { cause: outcome });
    const replaced = lab.kill('worker');
    for (const id of hit) {
      waiting.delete(id);
      await lab.release(id);
    }
    await replaced;
  }
  return waitFor('the operation to end', () => over(begun), PATIENCE_MS);
}

function drawn(moments: readonly Moment[]): readonly Moment[] {
  const count = Math.min(KILLS, moments.length);
  const some = shuffledSubarray([...moments], { minLength: count, maxLength: count });
  return sample(some, { seed: KILL_SEED, numRuns: 1 })[0] ?? [];
}

async function hitAmong(lab: LabProcess, waiting: ReadonlyMap<string, string>): Promise<string[]> {
  const rules = await lab.control<FaultStatus[]>('/faults');
  return rules.flatMap(({ id, hits }) => (hits > 0 && waiting.has(id) ? [id] : []));
}
