/** Has the bastion serve network boot. */
import type { GuestStep } from '../../domain/guest-step.js';
import { CLUSTER_STEPS } from '../../domain/plan-steps.js';
import type { ProvisionInput } from '../provision.js';
import { ssh } from './activities.js';
import { guestOf } from './guest-of.js';
import type { ProvisionRun } from './provision-run.js';
import type { Reserved } from './reserve.js';

export async function servePxe(
  { definition }: ProvisionInput,
  run: ProvisionRun,
  reserved: Reserved,
  guestSteps: readonly GuestStep[],
): Promise<void> {
  const bastion = reserved.machines.find(({ role }) => role === 'BASTION');
  const guest = guestOf(definition, reserved, bastion);
  if (guest === undefined) return;
  for (const step of guestSteps) {
    await run.steps.run(
      CLUSTER_STEPS.pxe,
      (options) => ssh.runGuestStep.executeWithOptions(options, [{ ...guest, step }]),
      { softLimitSeconds: step.timeoutSeconds },
    );
  }
}
