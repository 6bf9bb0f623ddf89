/** Starts a machine that is off, or has one that hangs start again. */
import { CancellationScope, type ActivityOptions } from '@temporalio/workflow';
import { mayStop } from '../../domain/etcd/quorum-proof.js';
import type { EtcdStatus } from '../../domain/etcd/status.js';
import { HEAL_STEPS } from '../../domain/health/heal-steps.js';
import type { MachineIdentity } from '../../domain/machine.js';
import { isNode } from '../../domain/plan-steps.js';
import { etcd, kubernetes, proxmox, ssh } from './activities.js';
import { etcdTarget, untilProved } from './etcd.js';
import { applicationFailure, failureOf } from './failure.js';
import { guestOf } from './guest-of.js';
import { healStep } from './heal-step.js';
import type { Scaling } from './scaling.js';

/** After an error or a cancellation nobody waits for long. */
const RESTORE: ActivityOptions = { scheduleToCloseTimeout: '2 minutes' };

/** @throws what keeps the VM from being started, `NODE_NOT_READY`, or the cancellation of the scope around it. */
export async function startMachine(scaling: Scaling, name: string, readySeconds: number): Promise<void> {
  const { run } = scaling;
  run.status(name, 'starting');
  await healStep(run, name, HEAL_STEPS.start, (options) =>
    proxmox.startVm.executeWithOptions(options, [{ identity: identityOf(scaling, name) }]),
  );
  await ready(scaling, name, readySeconds);
}

/** Its power is cut: one that hangs does not hear of anything gentler. */
export async function restartMachine(scaling: Scaling, name: string, readySeconds: number): Promise<void> {
  const { run, votes } = scaling;
  if (votes) {
    await healStep(run, name, HEAL_STEPS.quorumToStop, (options) =>
      untilProved(scaling, options, (status) => requireStop(status, name)),
    );
  }
  const identity = identityOf(scaling, name);
  try {
    run.status(name, 'restarting');
    await healStep(run, name, HEAL_STEPS.fence, (options) =>
      proxmox.fenceVm.executeWithOptions(options, [{ identity }]),
    );
    await healStep(run, name, HEAL_STEPS.start, (options) =>
      proxmox.startVm.executeWithOptions(options, [{ identity }]),
    );
  } catch (error) {
    await CancellationScope.nonCancellable(() => backOn(scaling, name));
    throw error;
  }
  await ready(scaling, name, readySeconds);
}

/** Has a machine that was switched off run again; that it does not is said. To be called where nothing cancels it. */
export async function backOn(scaling: Scaling, name: string): Promise<void> {
  const { run } = scaling;
  try {
    await proxmox.startVm.executeWithOptions(RESTORE, [{ identity: identityOf(scaling, name) }]);
  } catch (error) {
    const { code, detail } = failureOf(error);
    run.notes.push(`whether ${name} runs is not known: ${code}: ${detail}`);
  }
}

/** @throws `HEAL_REFUSED` where the ledger does not have it. */
export function identityOf({ run }: Scaling, name: string): MachineIdentity {
  const identity = run.identities.get(name);
  if (identity === undefined) throw applicationFailure('HEAL_REFUSED', `the ledger does not know ${name}`);
  return identity;
}

async function ready(scaling: Scaling, name: string, readySeconds: number): Promise<void> {
  const { run, clusterUid, definition, votes } = scaling;
  const machine = run.wholePlan.machines.find((one) => one.name === name);
  if (machine === undefined) return;
  run.status(name, 'waiting to be ready');
  await healStep(
    run,
    name,
    HEAL_STEPS.ready,
    async (options) => {
      if (!isNode(machine)) {
        const guest = guestOf(definition, run, machine);
        if (guest !== undefined) await ssh.waitForSsh.executeWithOptions(options, [guest]);
        return;
      }
      const expected = { clusterUid, node: name, version: null, votes: false };
      await kubernetes.waitForNode.executeWithOptions(options, [expected]);
      if (!votes) return;
      await etcd.waitForEtcdVoters.executeWithOptions(options, [
        { ...etcdTarget(scaling, run), nodes: [name] },
      ]);
    },
    readySeconds,
  );
  run.status(name, 'ready');
}

/** A member that is lost already is not lost by a restart. @throws `ETCD_CHANGE_REFUSED` with the proof. */
function requireStop(status: EtcdStatus, name: string): void {
  const member = status.members.find(({ node }) => node === name);
  if (member === undefined || !member.isHealthy) return;
  const proved = mayStop(status, member.id);
  if (proved.kind === 'ok') return;
  const { proof, reasons } = proved;
  throw applicationFailure('ETCD_CHANGE_REFUSED', `${name} may not stop: ${reasons.join('; ')} (${proof})`);
}
