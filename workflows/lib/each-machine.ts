/** Does the same on many machines, and goes on where one of them fails: all that fail are named at once. */
import { isCancellation } from '@temporalio/workflow';
import type { GuestTarget } from '../../activities/ssh/guest-access.js';
import { machineStepId } from '../../domain/plan-steps.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { forEachLimited } from './concurrency.js';
import { applicationFailure, failureOf } from './failure.js';
import type { InPlaceRun } from './in-place-run.js';
import type { ActivityOptions } from '@temporalio/workflow';

/** A login costs a process or two on the machine, and a key exchange here. */
const MOST_AT_ONCE = 20;
/** A machine that is not reached within that is taken to be down. */
const REACH_SECONDS = 180;

export interface GuestMachine {
  readonly machine: PlannedMachine;
  readonly guest: GuestTarget;
}

/** Those with SSH: nodes, and the machines of services. */
export function guestMachines(run: InPlaceRun): GuestMachine[] {
  return run.wholePlan.machines.flatMap((machine) => {
    const guest = run.guestOf(machine);
    return guest === null ? [] : [{ machine, guest }];
  });
}

/**
 * @param step of each machine, declared before. @param consequence what it means that some failed.
 * @throws `SECRETS_NOT_ROTATED` with the machines and their reasons.
 */
export async function onEach(
  run: InPlaceRun,
  machines: readonly GuestMachine[],
  { step, consequence }: { readonly step: string; readonly consequence: string },
  work: (one: GuestMachine, options: ActivityOptions) => Promise<void>,
): Promise<void> {
  const failed: string[] = [];
  await forEachLimited(machines, MOST_AT_ONCE, async (one) => {
    const { name } = one.machine;
    try {
      const id = machineStepId(name, step);
      await run.steps.run(id, (options) => work(one, options), { softLimitSeconds: REACH_SECONDS });
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { code, detail } = failureOf(error);
      failed.push(`${name}: ${code}: ${detail}`);
    }
  });
  if (failed.length === 0) return;
  throw applicationFailure('SECRETS_NOT_ROTATED', `${consequence}: ${failed.toSorted().join('; ')}`);
}
