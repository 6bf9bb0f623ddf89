/** Replaces the token with which machines join a cluster. */
import { CancellationScope, type ActivityOptions } from '@temporalio/workflow';
import type { GuestStep } from '../../domain/guest-step.js';
import { machineStepId } from '../../domain/plan-steps.js';
import {
  ROTATION_MACHINE_STEPS,
  ROTATION_STEPS,
  rotationMachineSteps,
  rotationSteps,
} from '../../domain/secrets/rotation-steps.js';
import type { TokenRotation } from '../../platforms/platform.js';
import { platformMachine } from '../../platforms/platform-input.js';
import { platformOf } from '../../platforms/registry.js';
import { rotation, ssh } from './activities.js';
import { guestMachines, onEach, type GuestMachine } from './each-machine.js';
import { applicationFailure } from './failure.js';
import type { InPlaceRun } from './in-place-run.js';
import { hasOthers, proveRestart, untilReady, untilVoting } from './restart-member.js';

const RESTART_SECONDS = 1_200;
const BACK_SECONDS = 900;

/**
 * It is cancelled before the cluster knows the new token, and not after that: a server that restarts with the old one
 * would not come up, and machines that join would be let in by some servers only.
 */
export async function rotateJoinToken(run: InPlaceRun): Promise<void> {
  const { steps, clusterUid } = run;
  const { tokenRotation: token } = platformOf(run.definition.type);
  if (token === undefined) {
    throw applicationFailure('SECRET_NOT_ROTATABLE', `${run.definition.type} has no join token of its own`);
  }
  const names = new Set([...run.controlPlane(), ...run.workers()].map(({ name }) => name));
  const nodes = guestMachines(run).filter(({ machine }) => names.has(machine.name));
  const { secret, kind } = token;
  steps.declare(rotationSteps('beginToken', 'reach'));
  const { stage } = await steps.run(ROTATION_STEPS.beginToken, (options) =>
    rotation.beginTokenRotation.executeWithOptions(options, [{ clusterUid, secret, kind }]),
  );
  await steps.run(ROTATION_STEPS.reach, async (options) => {
    await Promise.all(nodes.map(({ guest }) => ssh.waitForSsh.executeWithOptions(options, [guest])));
  });
  await CancellationScope.nonCancellable(async () => {
    if (stage === 'SPREAD') await replace(run, token, nodes);
    else run.notes.push('an earlier rotation of the join token was brought to its end');
    await spread(run, token, nodes);
    for (const one of inOrder(nodes)) await restart(run, token, one);
    await withdraw(run, token, nodes);
  });
}

async function replace(
  run: InPlaceRun,
  { secret, replace: stepsOn }: TokenRotation,
  nodes: readonly GuestMachine[],
): Promise<void> {
  const { steps, clusterUid } = run;
  steps.declare(rotationSteps('replaceToken', 'adoptToken'));
  await steps.run(ROTATION_STEPS.replaceToken, (options) => onFirstServer(nodes, stepsOn, options));
  await steps.run(ROTATION_STEPS.adoptToken, (options) =>
    rotation.adoptNextToken.executeWithOptions(options, [{ clusterUid, secret }]),
  );
}

async function spread(run: InPlaceRun, token: TokenRotation, nodes: readonly GuestMachine[]): Promise<void> {
  const stepsOn = ({ machine }: GuestMachine): readonly GuestStep[] => token.spread(platformMachine(machine));
  const machines = nodes.filter((one) => stepsOn(one).length > 0);
  for (const { machine } of machines) run.steps.declare(rotationMachineSteps(machine.name, 'spreadToken'));
  const consequence = 'the cluster has its new join token, which is not yet in the settings of machines';
  const step = ROTATION_MACHINE_STEPS.spreadToken;
  await onEach(run, machines, { step, consequence }, (one, options) => runAll(one, stepsOn(one), options));
}

/** Servers one after the other with the quorum proved, then the others. */
async function restart(run: InPlaceRun, token: TokenRotation, one: GuestMachine): Promise<void> {
  const { machine } = one;
  const toRun = token.restart(platformMachine(machine));
  if (toRun.length === 0) return;
  const votes = machine.role === 'CONTROL_PLANE' && hasOthers(run);
  const id = (step: keyof typeof ROTATION_MACHINE_STEPS): string =>
    machineStepId(machine.name, ROTATION_MACHINE_STEPS[step]);
  run.steps.declare(
    rotationMachineSteps(machine.name, ...(votes ? (['prove'] as const) : []), 'restart', 'back'),
  );
  if (votes) await run.steps.run(id('prove'), (options) => proveRestart(run, machine.name, false, options));
  await run.steps.run(id('restart'), (options) => runAll(one, toRun, options), {
    softLimitSeconds: RESTART_SECONDS,
  });
  await run.steps.run(
    id('back'),
    async (options) => {
      if (votes) await untilVoting(run, [machine.name], options);
      await untilReady(run, machine.name, options);
    },
    { softLimitSeconds: BACK_SECONDS },
  );
}

async function withdraw(
  run: InPlaceRun,
  { secret, withdraw: stepsOn }: TokenRotation,
  nodes: readonly GuestMachine[],
): Promise<void> {
  const { steps, clusterUid } = run;
  steps.declare(rotationSteps('withdrawToken', 'endToken'));
  await steps.run(ROTATION_STEPS.withdrawToken, (options) => onFirstServer(nodes, stepsOn, options));
  await steps.run(ROTATION_STEPS.endToken, (options) =>
    rotation.endTokenRotation.executeWithOptions(options, [{ clusterUid, secret }]),
  );
}

/** Another server may have been the first in an earlier attempt: the steps find what that one did. */
async function onFirstServer(
  nodes: readonly GuestMachine[],
  stepsOn: TokenRotation['replace'],
  options: ActivityOptions,
): Promise<void> {
  const server = nodes.find(({ machine }) => machine.role === 'CONTROL_PLANE');
  if (server !== undefined) await runAll(server, stepsOn(platformMachine(server.machine)), options);
}

async function runAll(
  { guest }: GuestMachine,
  steps: readonly GuestStep[],
  options: ActivityOptions,
): Promise<void> {
  for (const step of steps) await ssh.runGuestStep.executeWithOptions(options, [{ ...guest, step }]);
}

function inOrder(nodes: readonly GuestMachine[]): GuestMachine[] {
  const rank = ({ machine }: GuestMachine): number => (machine.role === 'CONTROL_PLANE' ? 0 : 1);
  return nodes.toSorted((a, b) => rank(a) - rank(b));
}
