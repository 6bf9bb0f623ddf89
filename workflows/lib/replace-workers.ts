/** Has new machines take the place of workers: they come first, and either all old ones of a turn go, or as many new ones. */
import { CancellationScope } from '@temporalio/workflow';
import { isNode } from '../../domain/plan-steps.js';
import { scaleChanges } from '../../domain/scale/scale-changes.js';
import { removalSteps, SCALE_STEPS, SCALE_STEP_TITLES } from '../../domain/scale/scale-steps.js';
import type { Worker } from '../../domain/upgrade/worker-turns.js';
import { ledger } from './activities.js';
import { addMachines } from './add-machines.js';
import { forEachLimited } from './concurrency.js';
import { failureOf } from './failure.js';
import { removeMachine } from './remove-machine.js';
import { partsOf, scalingOf, type Upgrading } from './upgrading.js';

const MAKING = ['plan', 'preflight', 'reserve', 'probe', 'keys', 'images', 'serve'] as const;

/**
 * Each group has as many machines afterwards as before, whatever is thrown, unless a note of the run says otherwise.
 * @param judge says whether the new machines are good, by throwing where they are not.
 * @returns the new machines.
 */
export async function replaceWorkers(
  upgrading: Upgrading,
  old: readonly Worker[],
  judge: (names: readonly string[]) => Promise<void>,
): Promise<readonly Worker[]> {
  const { run, request, pauses } = upgrading;
  const there = new Set(run.resultingPlan.machines.map(({ name }) => name));
  const fresh = (): readonly Worker[] =>
    run.resultingPlan.machines.filter((machine) => isNode(machine) && !there.has(machine.name));
  try {
    for (const group of new Set(old.map((worker) => worker.group))) {
      await make(upgrading, group, old.filter((worker) => worker.group === group).length);
    }
    await judge(fresh().map(({ name }) => name));
    await pauses.here();
    await forEachLimited(old, request.maxSurge, (worker) => remove(upgrading, worker));
  } catch (error) {
    const surplus = old.flatMap((worker) => {
      if (!run.isPart(worker.name)) return [];
      return [worker.group];
    });
    await CancellationScope.nonCancellable(() => takeAway(upgrading, surplus, fresh()));
    throw error;
  }
  return fresh();
}

async function make(upgrading: Upgrading, group: string, count: number): Promise<void> {
  const { run, clusterUid, definition } = upgrading;
  const targetCount = partsOf(upgrading, group).length + count;
  const scaling = scalingOf(upgrading, group, targetCount);
  declare(upgrading);
  const namesEver = await ledger.machineNames({ clusterUid });
  const machines = run.wholePlan.machines.filter(isNode);
  const { added } = scaleChanges({
    ...{ cluster: definition.name, group: scaling.group, targetCount, machines, namesEver, unhealthy: [] },
  });
  await addMachines(scaling, added);
}

async function remove(upgrading: Upgrading, { name, group }: Worker): Promise<void> {
  upgrading.run.steps.declare(removalSteps(name, false));
  await removeMachine(scalingOf(upgrading, group, partsOf(upgrading, group).length), name);
}

/** What has no old machine to take the place of goes again. @param groups one for each old machine that stays. */
async function takeAway(
  upgrading: Upgrading,
  groups: readonly string[],
  fresh: readonly Worker[],
): Promise<void> {
  const left = [...fresh];
  for (const group of groups) {
    const at = left.findLastIndex((worker) => worker.group === group);
    const [worker] = at === -1 ? [] : left.splice(at, 1);
    if (worker === undefined) continue;
    try {
      await remove(upgrading, worker);
    } catch (error) {
      const { code, detail } = failureOf(error);
      upgrading.run.notes.push(`${worker.name} is one more than asked for, and stays: ${code}: ${detail}`);
    }
  }
}

function declare({ run }: Upgrading): void {
  run.steps.declare(
    MAKING.map((name) => {
      const id = SCALE_STEPS[name];
      return { id, title: SCALE_STEP_TITLES[id], machine: null };
    }),
  );
}
