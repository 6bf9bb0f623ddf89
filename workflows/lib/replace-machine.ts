/**
 * Puts another machine into the place of one that cannot be brought back. It is switched off for good first: two that
 * believe to be the same member, or to hold the same volume, are worse than one that is missing.
 */
import { CancellationScope, type ActivityOptions } from '@temporalio/workflow';
import { HEAL_STEPS } from '../../domain/health/heal-steps.js';
import { machineStepId } from '../../domain/plan-steps.js';
import { memberStep, MEMBER_STEPS } from '../../domain/scale/scale-steps.js';
import { abandonMachines } from './abandon-machines.js';
import { kubernetes, proxmox } from './activities.js';
import { addOne } from './add-one.js';
import { requireRemovals, untilProved } from './etcd.js';
import { failureOf } from './failure.js';
import { healStep } from './heal-step.js';
import { leaveEtcd, lookAtEtcd, removed } from './remove-machine.js';
import { backOn, identityOf } from './restart-machine.js';
import type { Scaling } from './scaling.js';

const RESTORE: ActivityOptions = { scheduleToCloseTimeout: '2 minutes' };

/**
 * A dead member of etcd leaves before the new one comes, so that the two are never counted together; a worker leaves once
 * the new one is there. Until it leaves, a failure or a cancellation switches it on again; from then on it goes.
 * @throws `FENCE_NOT_PROVED`, `ETCD_CHANGE_REFUSED`, what keeps a machine from being made, or the cancellation.
 */
export async function replaceMachine(
  scaling: Scaling,
  name: string,
  namesEver: readonly string[],
): Promise<void> {
  const { run, group, votes } = scaling;
  const identity = identityOf(scaling, name);
  run.steps.declare(stepsOf(name, votes));
  if (votes) {
    await healStep(run, name, HEAL_STEPS.quorumToLeave, (options) =>
      untilProved(scaling, options, (status) => requireRemovals(status, [name])),
    );
  }
  let isGone = false;
  let mayHaveLeftEtcd = false;
  const takeOut = async (uid: string | null): Promise<void> => {
    if (votes) {
      mayHaveLeftEtcd = true;
      await leaveEtcd(scaling, name);
    }
    run.leaves(name);
    await removed(scaling, name, uid);
    isGone = true;
  };
  try {
    run.status(name, 'being switched off');
    await healStep(run, name, HEAL_STEPS.fence, (options) =>
      proxmox.fenceVm.executeWithOptions(options, [{ identity }]),
    );
    const uid = await cordoned(scaling, name);
    if (group.role === 'CONTROL_PLANE') {
      await takeOut(uid);
      await addOne(scaling, namesEver);
    } else {
      await addOne(scaling, namesEver);
      await takeOut(uid);
    }
  } catch (error) {
    await CancellationScope.nonCancellable(async () => {
      if (isGone) return;
      if (mayHaveLeftEtcd && !run.isLeaving(name)) await lookAtEtcd(scaling, name);
      await (run.isLeaving(name) ? abandonMachines(scaling, [name]) : restored(scaling, name));
    });
    throw error;
  }
}

async function cordoned({ run, clusterUid }: Scaling, name: string): Promise<string | null> {
  const { uid } = await run.steps.run(machineStepId(name, MEMBER_STEPS.cordon), (options) =>
    kubernetes.cordonNode.executeWithOptions(options, [{ clusterUid, node: name }]),
  );
  return uid;
}

/** It stays, as unwell as it was. */
async function restored(scaling: Scaling, name: string): Promise<void> {
  const { run, clusterUid } = scaling;
  await backOn(scaling, name);
  run.status(name, 'not ready');
  try {
    await kubernetes.uncordonNode.executeWithOptions(RESTORE, [{ clusterUid, node: name }]);
  } catch (error) {
    const { code, detail } = failureOf(error);
    // There is no such node: nothing keeps pods from one that registers anew.
    if (code === 'NODE_NOT_READY') return;
    run.notes.push(`${name} stays, and may be cordoned: ${code}: ${detail}`);
  }
}

function stepsOf(name: string, votes: boolean) {
  const { cordon, leaveEtcd: leave, leaveServices, removeVm, removeNode, release } = MEMBER_STEPS;
  const steps = [cordon, ...(votes ? [leave] : []), leaveServices, removeVm, removeNode, release];
  return steps.map((step) => memberStep(name, step));
}
