/** Has the bastion serve network boot. */
import type { GuestStep } from '../../domain/guest-step.js';
import { CLUSTER_STEPS } from '../../domain/plan-steps.js';
import type { ProvisionInput } from '../provision.js';
import { ssh } from './activities.js';
import type { ProvisionRun } from './provision-run.js';
import type { Reserved } from './reserve.js';

export async function servePxe(
  { clusterUid, definition }: ProvisionInput,
  run: ProvisionRun,
  { machines, identities }: Reserved,
  guestSteps: readonly GuestStep[],
): Promise<void> {
  const bastion = machines.find(({ role }) => role === 'BASTION');
  const identity = bastion && identities.get(bastion.name);
  const group = definition.nodeGroups.find(({ name }) => name === bastion?.group);
  if (bastion === undefined || identity === undefined || group === undefined) return;
  const guest = {
    clusterUid,
    machineUuid: identity.uuid,
    address: bastion.network.address,
    user: group.template.cloudInit.user,
  };
  for (const step of guestSteps) {
    await run.steps.run(
      CLUSTER_STEPS.pxe,
      (options) => ssh.runGuestStep.executeWithOptions(options, [{ ...guest, step }]),
      { softLimitSeconds: step.timeoutSeconds },
    );
  }
}
