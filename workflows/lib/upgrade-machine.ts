/** Upgrades one machine where it is: it is emptied, brought to the version, proved, and taken back. */
import { CancellationScope, type ActivityOptions } from '@temporalio/workflow';
import { fail } from '../../domain/errors.js';
import { isTalosStep, type MachineStep } from '../../domain/machine-step.js';
import { isNode, machineStepId } from '../../domain/plan-steps.js';
import type { PlannedMachine } from '../../domain/plan.js';
import {
  UPGRADE_MACHINE_STEPS,
  upgradeMachineSteps,
  type UpgradeMachineStep,
} from '../../domain/upgrade/upgrade-steps.js';
import { platformCluster, platformMachine } from '../../platforms/platform-input.js';
import { platformOf } from '../../platforms/registry.js';
import { etcd, kubernetes, ssh } from './activities.js';
import { etcdTarget, requireStop, untilProved } from './etcd.js';
import { failureOf } from './failure.js';
import { guestOf } from './guest-of.js';
import { emptied, onBalancers, restore } from './remove-machine.js';
import type { Scaling } from './scaling.js';
import { runOn } from './tell-services.js';
import { partsOf, scalingOf, type Upgrading } from './upgrading.js';

const READY_SECONDS = 900;
/** After an error nobody waits for long. */
const LOOK: ActivityOptions = { scheduleToCloseTimeout: '5 minutes' };

/**
 * A failure or a cancellation before its programs are touched brings it back as it was; from then on it is brought to its
 * end, whatever is cancelled.
 * @throws `ETCD_CHANGE_REFUSED`, `DRAIN_BLOCKED`, `FAILED_BY_OPERATOR`, or the cancellation of the scope around it.
 */
export async function upgradeMachine(upgrading: Upgrading, name: string): Promise<void> {
  const { run, definition } = upgrading;
  const machine = run.resultingPlan.machines.find((one) => one.name === name);
  if (machine === undefined) throw fail('INTERNAL', `${name} is not part of the cluster`);
  const scaling = scalingOf(upgrading, machine.group, partsOf(upgrading, machine.group).length);
  // The pods of the only node have nowhere to go: they run on, or wait for it.
  const drains = run.resultingPlan.machines.filter(isNode).length > 1;
  const cluster = platformCluster(definition, run.resultingPlan, run.settings);
  const steps = platformOf(definition.type).upgradeSteps?.(platformMachine(machine), cluster) ?? [];
  const votes = hasQuorum(scaling);
  run.steps.declare(upgradeMachineSteps(name, { steps, votes, drains }));
  let isEmptied = false;
  try {
    if (votes) await proveStop(scaling, name);
    isEmptied = drains;
    if (drains) await emptied(scaling, name);
    // Draining may have taken long enough for another member to fail.
    if (votes) await proveStop(scaling, name);
    if (votes) await moveLeader(scaling, name);
  } catch (error) {
    // One that somebody else has cordoned stays so.
    if (isEmptied) await CancellationScope.nonCancellable(() => restore(scaling, name));
    throw error;
  }
  await CancellationScope.nonCancellable(async () => {
    try {
      run.status(name, 'upgrading');
      for (const own of steps) {
        await run.steps.run(
          machineStepId(name, own.id),
          (options) => runUpgradeStep(upgrading, machine, own, options),
          { softLimitSeconds: own.timeoutSeconds },
        );
      }
      await proved(scaling, machine);
      if (drains) await takeBack(scaling, name);
      noteVersion(scaling, name, definition.version);
    } catch (error) {
      await settle(scaling, name, drains);
      throw error;
    }
  });
}

async function runUpgradeStep(
  { definition, run }: Upgrading,
  machine: PlannedMachine,
  own: MachineStep,
  options: ActivityOptions,
): Promise<void> {
  const { identities } = run;
  if (!isTalosStep(own)) return runOn({ definition, identities }, machine, [own], options);
  const guest = guestOf(definition, { identities }, machine);
  if (guest === undefined) return;
  const { clusterUid, machineUuid, address } = guest;
  const { endpoint } = platformCluster(definition, run.resultingPlan, run.settings);
  const target = { clusterUid, machineUuid, address };
  await ssh.runTalosStep.executeWithOptions(options, [
    { ...target, definition, endpoint, machine, step: own },
  ]);
}

/** A lone server has none that could be kept without it, and may keep its data elsewhere than in etcd. */
function hasQuorum({ votes, run }: Scaling): boolean {
  return votes && run.controlPlane().length > 1;
}

async function proveStop(scaling: Scaling, name: string): Promise<void> {
  await step(scaling, name, UPGRADE_MACHINE_STEPS.quorum, (options) =>
    untilProved(scaling, options, (status) => requireStop(status, name)),
  );
}

/** An etcd whose leader stops answers nobody until another one is elected. */
async function moveLeader(scaling: Scaling, name: string): Promise<void> {
  await step(scaling, name, UPGRADE_MACHINE_STEPS.moveLeader, (options) =>
    etcd.moveEtcdLeader.executeWithOptions(options, [{ ...etcdTarget(scaling, scaling.run), from: name }]),
  );
}

async function proved(scaling: Scaling, { name, role }: PlannedMachine): Promise<void> {
  const { run, clusterUid, definition } = scaling;
  const platform = platformOf(definition.type);
  const cluster = platformCluster(definition, run.resultingPlan, run.settings);
  const votes = role === 'CONTROL_PLANE' && platform.votes(cluster);
  const { version } = definition;
  await step(
    scaling,
    name,
    UPGRADE_MACHINE_STEPS.ready,
    (options) =>
      kubernetes.waitForNode.executeWithOptions(options, [{ clusterUid, node: name, version, votes }]),
    READY_SECONDS,
  );
  if (!hasQuorum(scaling)) return;
  await step(scaling, name, UPGRADE_MACHINE_STEPS.vote, (options) =>
    etcd.waitForEtcdVoters.executeWithOptions(options, [{ ...etcdTarget(scaling, run), nodes: [name] }]),
  );
}

async function takeBack(scaling: Scaling, name: string): Promise<void> {
  await step(scaling, name, UPGRADE_MACHINE_STEPS.back, async (options) => {
    await onBalancers(scaling, name, 'back', options);
    await kubernetes.uncordonNode.executeWithOptions(options, [
      { clusterUid: scaling.clusterUid, node: name },
    ]);
  });
}

/** A person has given it up: it is taken back where it is Ready, at whatever version, and left alone where it is not. */
async function settle(scaling: Scaling, name: string, drains: boolean): Promise<void> {
  const { run, clusterUid } = scaling;
  try {
    const node = { clusterUid, node: name, version: null, votes: false };
    await kubernetes.waitForNode.executeWithOptions(LOOK, [node]);
    const { versions } = await kubernetes.nodeVersions.executeWithOptions(LOOK, [{ clusterUid }]);
    const version = versions[name];
    if (version !== undefined) noteVersion(scaling, name, version);
  } catch (error) {
    const { code, detail } = failureOf(error);
    const left = drains ? 'is left cordoned, as it' : 'is left as it is: it';
    run.notes.push(`${name} ${left} is not Ready: ${code}: ${detail}`);
    return;
  }
  if (drains) await restore(scaling, name);
}

function noteVersion({ run }: Scaling, name: string, version: string): void {
  const record = run.nodeList().find((node) => node.name === name);
  if (record !== undefined) run.nodeIs({ ...record, version, status: 'ready', ready: true });
}

async function step<T>(
  { run }: Scaling,
  machine: string,
  name: UpgradeMachineStep,
  attempt: (options: ActivityOptions) => Promise<T>,
  softLimitSeconds = 300,
): Promise<T> {
  return run.steps.run(machineStepId(machine, name), attempt, { softLimitSeconds });
}
