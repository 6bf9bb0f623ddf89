/** Takes one machine out of a cluster that goes on: nothing is sent to it any more, then it is emptied, then it goes. */
import { CancellationScope, CancelledFailure, patched, type ActivityOptions } from '@temporalio/workflow';
import { machineStepId } from '../../domain/plan-steps.js';
import { MEMBER_STEPS, type MemberStep } from '../../domain/scale/scale-steps.js';
import { abandonMachines, forgetIn } from './abandon-machines.js';
import { etcd, kubernetes, ledger, planning, proxmox } from './activities.js';
import { together } from './concurrency.js';
import { etcdTarget, readMembers, requireRemovals, untilProved } from './etcd.js';
import { failureOf } from './failure.js';
import type { Scaling } from './scaling.js';
import type { StepOptions } from './step-runner.js';
import { runOn } from './tell-services.js';

/** How long connections through a balancer may go on. */
const PATIENCE_SECONDS = 30;
/** What a drain needs beside the time that its pods are given. */
const DRAIN_MARGIN_SECONDS = 120;
const RESTORE: ActivityOptions = { scheduleToCloseTimeout: '5 minutes' };

/**
 * Until it leaves etcd, or its services forget it, a failure or a cancellation brings it back; from then on it goes.
 * @throws `DRAIN_BLOCKED`, `ETCD_CHANGE_REFUSED`, `FAILED_BY_OPERATOR`, or the cancellation of the scope around it.
 */
export async function removeMachine(scaling: Scaling, name: string): Promise<void> {
  const { run } = scaling;
  // What was begun has come to its end; this one is not touched, and so not put back either.
  if (CancellationScope.current().consideredCancelled && patched('2026-11-unbegun-machines-left-alone'))
    throw new CancelledFailure('cancelled');
  let mayHaveLeftEtcd = false;
  try {
    const uid = await emptied(scaling, name);
    if (scaling.votes) {
      mayHaveLeftEtcd = true;
      await leaveEtcd(scaling, name);
    }
    run.leaves(name);
    await removed(scaling, name, uid);
  } catch (error) {
    await CancellationScope.nonCancellable(async () => {
      if (mayHaveLeftEtcd && !run.isLeaving(name)) await lookAtEtcd(scaling, name);
      await (run.isLeaving(name) ? abandonMachines(scaling, [name]) : restore(scaling, name));
    });
    throw error;
  }
}

/** The call that takes it out may have been broken off: what is seen decides whether it goes or stays. */
export async function lookAtEtcd(scaling: Scaling, name: string): Promise<void> {
  const { run } = scaling;
  try {
    const { members } = await readMembers(scaling, run, RESTORE);
    if (members.every(({ node }) => node !== name)) run.leaves(name);
  } catch (error) {
    const { code, detail } = failureOf(error);
    run.notes.push(`whether ${name} is a member of etcd is not known: ${code}: ${detail}`);
  }
}

/** Nothing is sent to it any more. @returns the UID of its node; `null` where it has none. */
export async function emptied(scaling: Scaling, name: string): Promise<string | null> {
  const { run, clusterUid, request } = scaling;
  const { drainTimeoutSeconds: timeoutSeconds } = request;
  await step(scaling, name, MEMBER_STEPS.cordon, (options) =>
    kubernetes.cordonNode.executeWithOptions(options, [{ clusterUid, node: name }]),
  );
  run.status(name, 'draining');
  await step(scaling, name, MEMBER_STEPS.drainBalancers, (options) =>
    onBalancers(scaling, name, 'drain', options),
  );
  const { nodeUid } = await step(
    scaling,
    name,
    MEMBER_STEPS.drain,
    (options) =>
      kubernetes.drainNode.executeWithOptions(options, [
        { clusterUid, node: name, timeoutSeconds, gracePeriodSeconds: null },
      ]),
    // The request says how long: after it nobody is asked.
    { givesUp: true, softLimitSeconds: timeoutSeconds + DRAIN_MARGIN_SECONDS },
  );
  return nodeUid;
}

/** Proved by what is seen right before; the activity proves it once more, moves the leader away and looks again. */
export async function leaveEtcd(scaling: Scaling, name: string): Promise<void> {
  await step(scaling, name, MEMBER_STEPS.leaveEtcd, async (options) => {
    await untilProved(scaling, options, (status) => requireRemovals(status, [name]));
    await etcd.removeEtcdMember.executeWithOptions(options, [
      { ...etcdTarget(scaling, scaling.run), node: name },
    ]);
  });
}

export async function removed(scaling: Scaling, name: string, uid: string | null): Promise<void> {
  const { run, clusterUid } = scaling;
  await step(scaling, name, MEMBER_STEPS.leaveServices, (options) => forgetIn(scaling, name, options));
  await step(scaling, name, MEMBER_STEPS.removeVm, async (options) => {
    const identity = run.identities.get(name);
    if (identity !== undefined) await proxmox.removeVm.executeWithOptions(options, [{ identity }]);
  });
  await step(scaling, name, MEMBER_STEPS.removeNode, async (options) => {
    if (uid === null) return;
    await kubernetes.removeNodeObject.executeWithOptions(options, [{ clusterUid, node: name, uid }]);
  });
  // Only now: an address must not be leased anew while a machine that answers on it may still run.
  await step(scaling, name, MEMBER_STEPS.release, (options) =>
    ledger.releaseMachine.executeWithOptions(options, [{ clusterUid, name }]),
  );
  run.isGone(name);
}

/** It stays after all, and is what it was. */
export async function restore(scaling: Scaling, name: string): Promise<void> {
  const { run, clusterUid } = scaling;
  try {
    await onBalancers(scaling, name, 'back', RESTORE);
    await kubernetes.uncordonNode.executeWithOptions(RESTORE, [{ clusterUid, node: name }]);
    run.status(name, 'ready');
  } catch (error) {
    const { code, detail } = failureOf(error);
    run.notes.push(`${name} stays, and is still cordoned: ${code}: ${detail}`);
  }
}

/** Has the balancers of the cluster send the machine no more connections, or send it some again. */
export async function onBalancers(
  { run, definition }: Pick<Scaling, 'run' | 'definition'>,
  machine: string,
  direction: 'drain' | 'back',
  options: ActivityOptions,
): Promise<void> {
  const { servedPlan: plan, identities, settings } = run;
  if (plan.machines.every(({ role }) => role !== 'SERVICE')) return;
  const [only, another] = plan.machines.filter(({ role }) => role === 'CONTROL_PLANE');
  // Nobody else has the API then: it would be away as soon as nothing is sent to this one any more.
  if (only?.name === machine && another === undefined) return;
  const known = plan.machines.flatMap(({ name }) => identities.get(name) ?? []);
  const { bootUrl } = settings;
  const steps = await planning.balancerDrains.executeWithOptions(options, [
    { definition, plan, identities: known, bootUrl, machine, patienceSeconds: PATIENCE_SECONDS },
  ]);
  await together(
    ...plan.machines.map(
      (balancer) => () =>
        runOn({ definition, identities }, balancer, steps[direction][balancer.name] ?? [], options),
    ),
  );
}

async function step<T>(
  { run }: Scaling,
  machine: string,
  name: MemberStep,
  attempt: (options: ActivityOptions) => Promise<T>,
  options: StepOptions<T> = {},
): Promise<T> {
  return run.steps.run(machineStepId(machine, name), attempt, options);
}
