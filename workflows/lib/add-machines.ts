/** Makes the machines that a scale adds, and lets them join: members of the control plane one after the other. */
import { CancellationScope, startChild, workflowInfo, type ActivityOptions } from '@temporalio/workflow';
import { workflowIds } from '../../domain/ids.js';
import type { Plan } from '../../domain/plan.js';
import { machineStepId } from '../../domain/plan-steps.js';
import { memberStep, MEMBER_STEPS, SCALE_STEPS } from '../../domain/scale/scale-steps.js';
import { platformCluster, platformMachine } from '../../platforms/platform-input.js';
import { platformOf } from '../../platforms/registry.js';
import { joinSignal, startSignal } from '../messages.js';
import type { node, NodeInput } from '../node.js';
import { etcd, planning, proxmox } from './activities.js';
import { forEachLimited, together } from './concurrency.js';
import { abandonMachines } from './abandon-machines.js';
import { etcdTarget, requireAddition, untilProved } from './etcd.js';
import { probedAddresses } from './further-addresses.js';
import { ensureImagesOf } from './images.js';
import type { MadePlan } from './make-plan.js';
import { nodeInputs } from './node-inputs.js';
import { checkPlan } from './preflight.js';
import { makeKeys, reserveMachines } from './reserve.js';
import type { Scaling } from './scaling.js';
import { operationAttributes } from './search-attributes.js';
import { runOn, tellServices } from './tell-services.js';
import { Turns } from './turns.js';

/** @param scaling with the number of machines that the group is to have. */
export async function addMachines(scaling: Scaling, ordinals: readonly number[]): Promise<void> {
  const { run } = scaling;
  const names: string[] = [];
  try {
    const made = await planned(scaling, ordinals);
    names.push(...made.plan.machines.map(({ name }) => name));
    const publicKey = await reserved(scaling, made, ordinals);
    await serveAndGrow(scaling);
    await joinAll(scaling, inputsOf(scaling, publicKey, names));
  } catch (error) {
    const missing = names.filter((name) => !run.isPart(name));
    await CancellationScope.nonCancellable(() => abandonMachines(scaling, missing));
    throw error;
  }
}

/** @returns a plan of the new machines alone: those that are there have their addresses and answer on them. */
async function planned(scaling: Scaling, ordinals: readonly number[]): Promise<MadePlan> {
  const { run, definition, clusterUid } = scaling;
  const made = await run.steps.run(SCALE_STEPS.plan, (options) => planAnew(scaling, ordinals, options));
  run.settings = made.settings;
  const warned = await checkPlan({ clusterUid, definition }, run, made);
  const warnings = [...new Set([...made.plan.warnings, ...warned])];
  return { ...made, plan: { ...made.plan, warnings } };
}

async function planAnew(
  { run, definition, request }: Scaling,
  ordinals: readonly number[],
  options: ActivityOptions,
): Promise<MadePlan> {
  const inventory = await proxmox.observeInventory.executeWithOptions(options, [{}]);
  const plan = run.resultingPlan;
  const made = await planning.planScale.executeWithOptions(options, [
    { definition, plan, group: request.nodeGroup, ordinals, inventory },
  ]);
  const machines = made.plan.machines.slice(plan.machines.length);
  const added: Plan = { ...made.plan, machines, virtualAddresses: [] };
  return { ...made, plan: added, vmidsInUse: inventory.vmids };
}

async function reserved(scaling: Scaling, made: MadePlan, ordinals: readonly number[]): Promise<string> {
  const { run } = scaling;
  const first = await reserveMachines(scaling, run, made, (options) => planAnew(scaling, ordinals, options));
  let { plan } = first;
  let publicKey = '';
  await together(
    async () => {
      plan = (await probedAddresses(scaling, run, first)).plan;
    },
    async () => {
      publicKey = await makeKeys(scaling, run);
    },
    () => ensureImagesOf(scaling, run, first.plan),
  );
  run.extend(plan, first.identities);
  return publicKey;
}

/** Balancers, names and reservations know them before they boot; a lone member is made ready for others. */
async function serveAndGrow(scaling: Scaling): Promise<void> {
  const { run, definition, group } = scaling;
  await run.steps.run(SCALE_STEPS.serve, (options) =>
    run.serving.take(() => tellServices(served(scaling), options)),
  );
  const [first, ...others] = run.controlPlane();
  if (group.role !== 'CONTROL_PLANE' || first === undefined || others.length > 0) return;
  const cluster = platformCluster(definition, run.wholePlan, run.settings);
  const steps = platformOf(definition.type).grow?.(platformMachine(first), cluster) ?? [];
  if (steps.length === 0) return;
  await run.steps.run(
    SCALE_STEPS.grow,
    (options) => runOn({ definition, identities: run.identities }, first, steps, options),
    { softLimitSeconds: 900 },
  );
}

export function served({ clusterUid, definition, run }: Scaling) {
  const { servedPlan: plan, identities, settings } = run;
  return { clusterUid, definition, plan, identities, settings };
}

function inputsOf(scaling: Scaling, publicKey: string, names: readonly string[]): NodeInput[] {
  const { run } = scaling;
  const { wholePlan: plan, identities, settings } = run;
  const all = { plan, machines: plan.machines, identities, settings, publicKey };
  const inputs = nodeInputs(scaling, all, { ofBastions: [], ofServices: {} });
  const added = inputs.filter(({ identity }) => names.includes(identity.name));
  return scaling.unattended === true ? added.map((input) => ({ ...input, givesUp: true })) : added;
}

async function joinAll(scaling: Scaling, inputs: readonly NodeInput[]): Promise<void> {
  const { run, definition, request } = scaling;
  const turns = new Turns();
  run.steps.declare(
    scaling.votes
      ? inputs.flatMap(({ identity: { name } }) => [
          memberStep(name, MEMBER_STEPS.admit),
          memberStep(name, MEMBER_STEPS.vote),
        ])
      : [],
  );
  await forEachLimited(inputs, request.maxSurge, async (nodeInput) => {
    const { identity, machine, waitsToStart } = nodeInput;
    const { name } = identity;
    const child = await startChild<typeof node>('node', {
      workflowId: workflowIds.node(workflowInfo().workflowId, name),
      args: [nodeInput],
      parentClosePolicy: 'REQUEST_CANCEL',
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      staticSummary: `${name} on ${machine.host}`,
      typedSearchAttributes: operationAttributes(definition, 'node'),
    });
    if (waitsToStart) await child.signal(startSignal);
    const join = async (): Promise<void> => {
      if (scaling.votes) await admit(scaling, name);
      run.admits(name);
      await child.signal(joinSignal);
      const record = await child.result();
      if (scaling.votes) await vote(scaling, name);
      run.joined(record);
    };
    if (scaling.votes) await turns.take(join);
    else await join();
  });
}

/** One more member at a time, and only where all that are there are healthy. */
async function admit(scaling: Scaling, name: string): Promise<void> {
  const { run } = scaling;
  const isAlone = run.controlPlane().length === 1;
  await run.steps.run(machineStepId(name, MEMBER_STEPS.admit), async (options) => {
    // A lone server may keep its data elsewhere than in etcd, until the second one comes.
    if (isAlone) return;
    await untilProved(scaling, options, (status) => requireAddition(status, name));
  });
}

/** Promoted and caught up, so that the next one can come, or an older one go. */
async function vote(scaling: Scaling, name: string): Promise<void> {
  const { run } = scaling;
  await run.steps.run(machineStepId(name, MEMBER_STEPS.vote), (options) =>
    etcd.waitForEtcdVoters.executeWithOptions(options, [{ ...etcdTarget(scaling, run), nodes: [name] }]),
  );
}
