/**
 * Brings the machines of a cluster back to the state of a snapshot: the first member gets it, all others join that one as
 * new members. Nothing of the old state serves any more before the first member is touched.
 */
import {
  condition,
  startChild,
  workflowInfo,
  type ActivityOptions,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { workflowIds } from '../../domain/ids.js';
import { isTalosStep, type MachineStep } from '../../domain/machine-step.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { isHelper, isNode, machineStepId } from '../../domain/plan-steps.js';
import {
  RESTORE_MACHINE_STEPS as STEPS,
  RESTORE_STEPS,
  restoreMachineStep,
  restoreStep,
} from '../../domain/restore/restore-steps.js';
import { fail } from '../../domain/errors.js';
import { platformCluster, platformMachine } from '../../platforms/platform-input.js';
import { platformOf } from '../../platforms/registry.js';
import type { GuestTarget } from '../../activities/ssh/guest-access.js';
import { joinSignal, startSignal } from '../messages.js';
import type { node, NodeInput } from '../node.js';
import { backups, etcd, kubernetes, proxmox, ssh } from './activities.js';
import { together } from './concurrency.js';
import { guestOf } from './guest-of.js';
import type { Restoring } from './restoring.js';
import { operationAttributes } from './search-attributes.js';
import { tellServices } from './tell-services.js';

const WAITS_TO_JOIN = 'waiting to join';
/** A snapshot of 8 GiB over a slow line, and from a slow disk. */
const SNAPSHOT_SECONDS = 4 * 3_600;
const PREPARE_SECONDS = 1_800;

/** How far the cluster has come; each machine waits for what it needs. */
interface Progress {
  readonly stopped: Set<string>;
  readonly joined: Set<string>;
  helpersServe: boolean;
  isRestored: boolean;
}

export async function restoreMachines(restoring: Restoring, inputs: readonly NodeInput[]): Promise<void> {
  const { plan } = restoring;
  const progress: Progress = {
    ...{ stopped: new Set<string>(), joined: new Set<string>() },
    ...{ helpersServe: false, isRestored: false },
  };
  const inputOf = (name: string): NodeInput | undefined =>
    inputs.find(({ identity }) => identity.name === name);
  const helpers = plan.machines.filter(isHelper);
  await together(
    async () => {
      await together(
        ...helpers.map((machine) => () => bringHelper(restoring, machine, inputOf(machine.name))),
      );
      await serve(restoring, helpers);
      progress.helpersServe = true;
    },
    ...plan.machines.filter(isNode).map((machine) => async (): Promise<void> => {
      const input = inputOf(machine.name);
      if (input === undefined) await bringKept(restoring, progress, machine);
      else await bringMade(restoring, progress, machine, input);
      progress.joined.add(machine.name);
    }),
  );
}

async function bringHelper(
  restoring: Restoring,
  { name, role }: PlannedMachine,
  input: NodeInput | undefined,
): Promise<void> {
  if (input === undefined) return switchOn(restoring, name);
  const child = await startNode(restoring, input);
  if (role === 'SERVICE') await child.signal(joinSignal);
  restoring.run.nodeIs(await child.result());
}

/** Machines that are made anew have other MAC addresses. */
async function serve(restoring: Restoring, helpers: readonly PlannedMachine[]): Promise<void> {
  const { run, what } = restoring;
  if (helpers.length === 0 || what.make.length === 0) return;
  run.steps.declare([restoreStep(RESTORE_STEPS.serve)]);
  await run.steps.run(RESTORE_STEPS.serve, (options) => tellServices(restoring, options));
}

async function bringMade(
  restoring: Restoring,
  progress: Progress,
  machine: PlannedMachine,
  input: NodeInput,
): Promise<void> {
  const { run, how, paths } = restoring;
  const { name } = machine;
  const isFirst = name === restoring.what.first;
  const join = isFirst
    ? [how.fromSnapshot(platformMachine(machine), clusterOf(restoring), paths), ...input.join]
    : input.join;
  const child = await startNode(restoring, { ...input, join }, () => condition(() => progress.helpersServe));
  await together(
    async () => {
      run.nodeIs(await child.result());
    },
    async () => {
      if (isFirst) {
        await condition(() => run.statusOf(name) === WAITS_TO_JOIN);
        await allStopped(restoring, progress);
        await deliver(restoring, machine);
      } else await turnOf(restoring, progress, machine);
      await child.signal(joinSignal);
    },
  );
  if (machine.role === 'CONTROL_PLANE') await votes(restoring, name);
  if (isFirst) await restored(restoring, progress, machine);
}

async function bringKept(restoring: Restoring, progress: Progress, machine: PlannedMachine): Promise<void> {
  const { run, how, paths, what } = restoring;
  const { name, role } = machine;
  const self = platformMachine(machine);
  const cluster = clusterOf(restoring);
  const platform = platformOf(restoring.definition.type);
  const isMember = role === 'CONTROL_PLANE';
  const isFirst = name === what.first;
  run.status(name, 'restoring', false);
  await switchOn(restoring, name);
  const guest = targetOf(restoring, machine);
  await step(
    restoring,
    name,
    STEPS.prepare,
    async (options) => {
      await ssh.waitForSsh.executeWithOptions(options, [guest]);
      await ssh.waitForCloudInit.executeWithOptions(options, [guest]);
      // Also another version than that of the backup gives way to it.
      for (const each of platform.prepare(self, cluster)) await runStep(guest, each, options);
    },
    PREPARE_SECONDS,
  );
  if (isMember) {
    await step(restoring, name, STEPS.stop, (options) => runStep(guest, how.stop(), options));
    progress.stopped.add(name);
  }
  if (isFirst) {
    await allStopped(restoring, progress);
    await condition(() => progress.helpersServe);
    await deliver(restoring, machine);
    await step(
      restoring,
      name,
      STEPS.restore,
      (options) => runStep(guest, how.fromSnapshot(self, cluster, paths), options),
      SNAPSHOT_SECONDS,
    );
  } else await turnOf(restoring, progress, machine);
  await step(
    restoring,
    name,
    STEPS.rejoin,
    async (options) => {
      if (!isFirst) await runStep(guest, how.rejoin(self, paths), options);
      for (const each of platform.join(self, cluster)) {
        await runStep(guestFor(restoring, each) ?? guest, each, options);
      }
    },
    PREPARE_SECONDS,
  );
  if (isMember) await votes(restoring, name);
  await step(restoring, name, STEPS.ready, (options) =>
    kubernetes.waitForNode.executeWithOptions(options, [
      {
        clusterUid: restoring.clusterUid,
        node: name,
        version: platform.nodeVersion(restoring.definition),
        votes: false,
      },
    ]),
  );
  run.status(name, 'ready', true);
  if (isFirst) await restored(restoring, progress, machine);
}

/** The state is that of the snapshot, before anything joins that may change it; then nodes go whose machines went. */
async function restored(restoring: Restoring, progress: Progress, machine: PlannedMachine): Promise<void> {
  const { run, place, definition, clusterUid, what } = restoring;
  const { type } = definition;
  if (type === 'TALOS') throw fail('INTERNAL', 'Talos has no shell to ask etcd through');
  const guest = targetOf(restoring, machine);
  run.steps.declare([restoreStep(RESTORE_STEPS.compare), restoreStep(RESTORE_STEPS.staleNodes)]);
  const { objects } = await run.steps.run(
    RESTORE_STEPS.compare,
    (options) =>
      backups.compareRestored.executeWithOptions(options, [{ place, type, guest, node: machine.name }]),
    { softLimitSeconds: SNAPSHOT_SECONDS, skipped: { value: { objects: 0 } } },
  );
  if (objects > 0) run.notes.push(`all ${objects} objects of the snapshot are there`);
  const { removed } = await run.steps.run(RESTORE_STEPS.staleNodes, (options) =>
    kubernetes.removeStaleNodes.executeWithOptions(options, [
      { clusterUid, keep: [what.first, ...what.keep] },
    ]),
  );
  const strangers = removed.filter((name) => restoring.plan.machines.every((known) => known.name !== name));
  if (strangers.length > 0)
    run.notes.push(`nodes that had no machine any more were removed: ${strangers.join(', ')}`);
  progress.isRestored = true;
}

async function allStopped({ plan, what }: Restoring, progress: Progress): Promise<void> {
  const members = plan.machines.filter(
    ({ name, role }) => role === 'CONTROL_PLANE' && what.keep.includes(name),
  );
  await condition(() => members.every(({ name }) => progress.stopped.has(name)));
}

/** Members join one after the other; all else once they are there. */
async function turnOf(
  { plan }: Restoring,
  progress: Progress,
  { name, role }: PlannedMachine,
): Promise<void> {
  const members = plan.machines
    .filter((machine) => machine.role === 'CONTROL_PLANE')
    .map((machine) => machine.name);
  const before = role === 'CONTROL_PLANE' ? members.slice(0, members.indexOf(name)) : members;
  await condition(() => progress.isRestored && before.every((member) => progress.joined.has(member)));
}

async function deliver(restoring: Restoring, machine: PlannedMachine): Promise<void> {
  const { place, paths } = restoring;
  const guest = targetOf(restoring, machine);
  const request = { place, guest, path: paths.snapshot, unless: `${paths.folder}/restored` };
  await step(
    restoring,
    machine.name,
    STEPS.deliver,
    (options) => backups.deliverSnapshot.executeWithOptions(options, [request]),
    SNAPSHOT_SECONDS,
  );
}

async function switchOn(restoring: Restoring, name: string): Promise<void> {
  const identity = restoring.identities.get(name);
  if (!restoring.what.start.includes(name) || identity === undefined) return;
  await step(restoring, name, STEPS.start, (options) =>
    proxmox.startVm.executeWithOptions(options, [{ identity }]),
  );
}

async function votes(restoring: Restoring, name: string): Promise<void> {
  const { clusterUid, definition, plan } = restoring;
  const servers = plan.machines
    .filter(({ role }) => role === 'CONTROL_PLANE')
    .map((machine) => ({ ...targetOf(restoring, machine), node: machine.name }));
  await step(restoring, name, STEPS.vote, (options) =>
    etcd.waitForEtcdVoters.executeWithOptions(options, [
      { clusterUid, type: definition.type, servers, nodes: [name] },
    ]),
  );
}

async function startNode(
  { definition }: Restoring,
  input: NodeInput,
  mayStart: () => Promise<void> = () => Promise.resolve(),
): Promise<ChildWorkflowHandle<typeof node>> {
  const { identity, machine, waitsToStart } = input;
  const child = await startChild<typeof node>('node', {
    workflowId: workflowIds.node(workflowInfo().workflowId, identity.name),
    args: [input],
    parentClosePolicy: 'REQUEST_CANCEL',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    staticSummary: `${identity.name} on ${machine.host}`,
    typedSearchAttributes: operationAttributes(definition, 'node'),
  });
  if (waitsToStart) {
    await mayStart();
    await child.signal(startSignal);
  }
  return child;
}

function clusterOf({ definition, plan, settings }: Restoring) {
  return platformCluster(definition, plan, settings);
}

function targetOf({ definition, identities }: Restoring, machine: PlannedMachine): GuestTarget {
  const guest = guestOf(definition, { identities }, machine);
  if (guest === undefined) throw fail('INTERNAL', `the ledger has no machine ${machine.name}`);
  return guest;
}

/** Of a step that is done on another machine, which lets this one in. */
function guestFor(restoring: Restoring, each: MachineStep): GuestTarget | undefined {
  if (isTalosStep(each) || each.on === undefined) return undefined;
  const other = restoring.plan.machines.find(({ name }) => name === each.on);
  if (other === undefined) throw fail('INTERNAL', `the plan has no machine ${each.on}`);
  return targetOf(restoring, other);
}

async function runStep(guest: GuestTarget, each: MachineStep, options: ActivityOptions): Promise<void> {
  if (isTalosStep(each)) throw fail('INTERNAL', `${each.id} is no step of a machine with a shell`);
  await ssh.runGuestStep.executeWithOptions(options, [{ ...guest, step: each }]);
}

async function step(
  { run }: Restoring,
  machine: string,
  name: (typeof STEPS)[keyof typeof STEPS],
  attempt: (options: ActivityOptions) => Promise<unknown>,
  softLimitSeconds?: number,
): Promise<void> {
  run.steps.declare([restoreMachineStep(machine, name)]);
  await run.steps.run(
    machineStepId(machine, name),
    attempt,
    softLimitSeconds === undefined ? {} : { softLimitSeconds },
  );
}
