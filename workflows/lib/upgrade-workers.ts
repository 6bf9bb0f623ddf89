/** Brings the workers of a cluster to the version of its control plane, turn by turn, and back where that is asked for. */
import { isNode } from '../../domain/plan-steps.js';
import type { Worker, WorkerTurn } from '../../domain/upgrade/worker-turns.js';
import { workerTurns } from '../../domain/upgrade/worker-turns.js';
import { forEachLimited } from './concurrency.js';
import { failureOf } from './failure.js';
import { replaceWorkers } from './replace-workers.js';
import { passGates } from './upgrade-gates.js';
import { upgradeMachine } from './upgrade-machine.js';
import { isBehind, type Upgrading } from './upgrading.js';

/** A worker that has the version, and the one that it had before, or that the machine had in whose place it came. */
interface Upgraded extends Worker {
  readonly before: string;
}

/**
 * @param isCanaryOver whether canaries have gone ahead already, by an earlier version on the way.
 * @throws `UPGRADE_GATE_FAILED`, and what a machine threw; the cluster is whole then.
 */
export async function upgradeWorkers(upgrading: Upgrading, isCanaryOver: boolean): Promise<void> {
  const { request, run, pauses } = upgrading;
  const canary = isCanaryOver ? null : request.canary;
  const workers = run.resultingPlan.machines.filter(
    (machine) => isNode(machine) && machine.role !== 'CONTROL_PLANE' && isBehind(upgrading, machine.name),
  );
  const done: Upgraded[] = [];
  try {
    const turns = workerTurns(workers, canary?.workers ?? 0, atOnceOf(upgrading, workers.length));
    for (const [index, turn] of turns.entries()) {
      await pauses.here();
      await upgradeTurn(upgrading, turn, done);
      // Where no others follow there is nothing to be held.
      if (turn.endsCanary && canary?.pause === true && index < turns.length - 1) pauses.pause();
    }
  } catch (error) {
    if (request.rollback && failureOf(error).code === 'UPGRADE_GATE_FAILED') await rollBack(upgrading, done);
    throw error;
  }
}

function atOnceOf({ request }: Upgrading, all: number): number {
  switch (request.strategy) {
    case 'ROLLING':
      return request.maxSurge;
    case 'IN_PLACE':
      return request.maxUnavailable;
    case 'BLUE_GREEN':
      return Math.max(1, all);
  }
}

async function upgradeTurn(upgrading: Upgrading, { workers }: WorkerTurn, done: Upgraded[]): Promise<void> {
  if (upgrading.request.strategy !== 'IN_PLACE') {
    const before = new Map(workers.map(({ group, name }) => [group, versionOf(upgrading, name)]));
    const fresh = await replaceWorkers(upgrading, workers, (names) => openGates(upgrading, names));
    done.push(...fresh.map((worker) => ({ ...worker, before: before.get(worker.group) ?? '' })));
    return;
  }
  await forEachLimited(workers, workers.length, async (worker) => {
    const before = versionOf(upgrading, worker.name);
    await upgradeMachine(upgrading, worker.name);
    done.push({ name: worker.name, group: worker.group, before });
    await passGates(upgrading, worker.name);
  });
}

async function openGates(upgrading: Upgrading, names: readonly string[]): Promise<void> {
  for (const name of names) await passGates(upgrading, name);
}

function versionOf({ run, definition }: Upgrading, name: string): string {
  return run.nodeList().find((node) => node.name === name)?.version ?? definition.version;
}

/** The last one first, one after the other, and without gates: they do not open now. */
async function rollBack(upgrading: Upgrading, done: readonly Upgraded[]): Promise<void> {
  const { run, definition, request } = upgrading;
  for (const { name, group, before } of done.toReversed()) {
    const back = { ...upgrading, definition: { ...definition, version: before } };
    try {
      if (request.strategy === 'IN_PLACE') await upgradeMachine(back, name);
      else await replaceWorkers(back, [{ name, group }], async () => undefined);
    } catch (error) {
      const { code, detail } = failureOf(error);
      run.notes.push(`${name} could not go back to ${before}: ${code}: ${detail}`);
      return;
    }
    run.notes.push(`${name} went back to ${before}`);
  }
}
