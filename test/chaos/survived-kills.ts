/** One run of an operation that comes by many moments, in each of which its worker is killed. */
import type { FaultStatus } from '../../lab/faults.js';
import { clusterOf } from '../e2e/clusters.js';
import { waitFor, type LabProcess } from '../e2e/lab-process.js';
import type { Moment } from './moments.js';

/** Each kill costs the time in which nobody hears of the worker. */
const PATIENCE_MS = 240_000;

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

export interface Outcome {
  readonly status: string;
  readonly detail: string | null;
}

/** @returns the id of the operation. */
export async function begin(lab: LabProcess, { method, path, body }: Asked): Promise<string> {
  const answer = await lab.api<{ operation: { id: string } }>(path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.status !== 202) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.json.operation.id;
}

/** @returns how it ended; `null` while it goes on. @throws Error where it waits for a person. */
export async function outcomeOf(lab: LabProcess, cluster: string, id: string): Promise<Outcome | null> {
  const { json } = await lab.api<Outcome & { finishedAt: string | null }>(`/api/v1/operations/${id}`);
  if (json.finishedAt !== null) return { status: json.status, detail: json.detail };
  const { steps } = await clusterOf(lab, cluster);
  const blocked = steps.find(({ status }) => status === 'blocked');
  if (blocked !== undefined) throw new Error(`${blocked.id} waits for a person: ${blocked.reason ?? ''}`);
  return null;
}

export async function ended(lab: LabProcess, cluster: string, id: string): Promise<Outcome> {
  return waitFor(`operation ${id} to end`, () => outcomeOf(lab, cluster, id), PATIENCE_MS);
}

/**
 * Kills the worker each time a moment is come by, and lets what it asked for go on without it.
 * @param start begins what is come by in the moments. @param over how it ended; `null` while it goes on.
 * @throws Error that names the moments that nobody came by.
 */
export async function throughKills<T>(
  lab: LabProcess,
  moments: readonly Moment[],
  start: () => Promise<T>,
  over: (begun: T) => Promise<Outcome | null>,
): Promise<Outcome> {
  const waiting = new Map<string, string>();
  for (const { name, rule } of moments) waiting.set(await lab.fault(rule), name);
  const begun = await start();
  const missed = (): Error => new Error(`nobody came by: ${[...waiting.values()].join('; ')}`);
  while (waiting.size > 0) {
    let outcome: Outcome | null = null;
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

async function hitAmong(lab: LabProcess, waiting: ReadonlyMap<string, string>): Promise<string[]> {
  const rules = await lab.control<FaultStatus[]>('/faults');
  return rules.flatMap(({ id, hits }) => (hits > 0 && waiting.has(id) ? [id] : []));
}
