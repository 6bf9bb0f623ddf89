/** Adds one machine to a group that lacks it. */
import { isNode } from '../../domain/plan-steps.js';
import { scaleChanges, withCount } from '../../domain/scale/scale-changes.js';
import { SCALE_STEPS, SCALE_STEP_TITLES } from '../../domain/scale/scale-steps.js';
import { addMachines } from './add-machines.js';
import type { Scaling } from './scaling.js';

const STEPS = ['plan', 'preflight', 'reserve', 'probe', 'keys', 'images', 'serve', 'grow'] as const;

/** @param namesEver names of all machines that the cluster ever had. */
export async function addOne(scaling: Scaling, namesEver: readonly string[]): Promise<void> {
  const { run, group, definition, request } = scaling;
  const machines = run.wholePlan.machines.filter(isNode);
  const targetCount = machines.filter((machine) => machine.group === group.name).length + 1;
  run.steps.declare(
    STEPS.map((name) => {
      const id = SCALE_STEPS[name];
      return { id, title: SCALE_STEP_TITLES[id], machine: null };
    }),
  );
  const { added } = scaleChanges({
    ...{ cluster: definition.name, group, targetCount, machines, namesEver, unhealthy: [] },
  });
  await addMachines(
    {
      ...scaling,
      definition: withCount(definition, group.name, targetCount),
      request: { ...request, targetCount },
    },
    added,
  );
}
