/** A step of a heal that is about one machine. */
import type { ActivityOptions } from '@temporalio/workflow';
import { HEAL_STEP_TITLES, type HealStep } from '../../domain/health/heal-steps.js';
import { machineStepId } from '../../domain/plan-steps.js';
import type { ScaleRun } from './scale-run.js';

export async function healStep<T>(
  { steps }: ScaleRun,
  machine: string,
  step: HealStep,
  attempt: (options: ActivityOptions) => Promise<T>,
  softLimitSeconds?: number,
): Promise<T> {
  const id = machineStepId(machine, step);
  steps.declare([{ id, title: HEAL_STEP_TITLES[step], machine }]);
  return steps.run(id, attempt, softLimitSeconds === undefined ? {} : { softLimitSeconds });
}
