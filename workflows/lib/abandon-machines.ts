/** Does away with machines that are to be in the cluster no more, without asking anybody: what is left over is said. */
import type { ActivityOptions } from '@temporalio/workflow';
import { etcd, kubernetes, ledger, proxmox } from './activities.js';
import { etcdTarget } from './etcd.js';
import { failureOf } from './failure.js';
import type { Scaling } from './scaling.js';
import { removeNamesOf, tellServices } from './tell-services.js';

/** After an error or a cancellation nobody waits for long. */
const OPTIONS: ActivityOptions = { scheduleToCloseTimeout: '5 minutes' };

/** To be called where nothing cancels it. What is said of each machine that could not be removed is in the run's notes. */
export async function abandonMachines(scaling: Scaling, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const { run, clusterUid } = scaling;
  const left = (name: string, error: unknown): void => {
    const { code, detail } = failureOf(error);
    run.notes.push(`${name} is left: ${code}: ${detail}`);
  };
  try {
    // Also what was reserved and never heard of again.
    const identities = await ledger.listMachines.executeWithOptions(OPTIONS, [{ clusterUid }]);
    for (const identity of identities) run.identities.set(identity.name, identity);
  } catch (error) {
    for (const name of names) left(name, error);
    return;
  }
  for (const name of names.toReversed()) {
    try {
      await abandon(scaling, name);
    } catch (error) {
      left(name, error);
    }
  }
}

async function abandon(scaling: Scaling, name: string): Promise<void> {
  const { run, clusterUid, votes } = scaling;
  const machine = run.wholePlan.machines.find((one) => one.name === name);
  const identity = run.identities.get(name);
  // It refuses what is not proved: then the machine stays a member, and keeps running.
  if (votes && machine !== undefined && run.mayBeMember(name)) {
    try {
      await etcd.removeEtcdMember.executeWithOptions(OPTIONS, [{ ...etcdTarget(scaling, run), node: name }]);
    } catch (error) {
      run.stays(name);
      throw error;
    }
  }
  run.leaves(name);
  if (machine !== undefined) await forgetIn(scaling, name, OPTIONS);
  if (identity !== undefined) await proxmox.removeVm.executeWithOptions(OPTIONS, [{ identity }]);
  const { uid } = await kubernetes.cordonNode.executeWithOptions(OPTIONS, [{ clusterUid, node: name }]);
  if (uid !== null) {
    await kubernetes.removeNodeObject.executeWithOptions(OPTIONS, [{ clusterUid, node: name, uid }]);
  }
  await ledger.releaseMachine.executeWithOptions(OPTIONS, [{ clusterUid, name }]);
  run.isGone(name);
}

/** The services of the cluster do without the machine. */
export async function forgetIn(
  { run, clusterUid, definition }: Scaling,
  name: string,
  options: ActivityOptions,
): Promise<void> {
  await run.serving.take(async () => {
    const { servedPlan: plan, identities, settings } = run;
    const served = { clusterUid, definition, plan, identities, settings };
    await tellServices(served, options);
    const gone = run.wholePlan.machines.filter((machine) => machine.name === name);
    await removeNamesOf(served, { ...plan, machines: [...plan.machines, ...gone] }, options);
  });
}
