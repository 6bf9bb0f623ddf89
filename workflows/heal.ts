/**
 * Brings one machine of a cluster back: starts it, restarts it, puts another one into its place, or adds one that is
 * missing. Nobody is asked: what does not succeed fails, and leaves a cluster that is what the result says.
 */
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { fail } from '../domain/errors.js';
import { diagnose } from '../domain/health/diagnosis.js';
import type { HealRequest } from '../domain/health/heal-request.js';
import { HEAL_STEP_TITLES, HEAL_STEPS } from '../domain/health/heal-steps.js';
import { replaceObjection } from '../domain/health/replaceable.js';
import { sightsOf } from '../domain/health/sights.js';
import { loginUser } from '../domain/login-user.js';
import { SCALE_STEP_TITLES, SCALE_STEPS } from '../domain/scale/scale-steps.js';
import { withServices } from '../domain/services/service-groups.js';
import { upcastDefinition } from '../domain/upcast.js';
import { ledger, planning } from './lib/activities.js';
import { addOne } from './lib/add-one.js';
import { hasMembers } from './lib/etcd.js';
import { applicationFailure, failureOf } from './lib/failure.js';
import { healthRecords } from './lib/health-activities.js';
import { lookAtMachines } from './lib/look-at-machines.js';
import { replaceMachine } from './lib/replace-machine.js';
import { restartMachine, startMachine } from './lib/restart-machine.js';
import { ScaleRun } from './lib/scale-run.js';
import type { Scaling } from './lib/scaling.js';
import type { DayTwoInput, DayTwoResult, Failure } from './messages.js';

export async function heal(input: DayTwoInput<HealRequest>): Promise<DayTwoResult> {
  const { request, nodes, plan, definition } = input;
  const title = `${definition.name}: ${request.action} ${request.machine ?? `a machine of ${request.group}`}`;
  if (plan === null) {
    const detail = `nothing is remembered of the machines of "${definition.name}"`;
    return { status: 'failed', failure: { code: 'INTERNAL', detail }, notes: [], cluster: null };
  }
  const run = new ScaleRun(title, plan, nodes, { kind: 'heal', givesUp: true });
  let status: DayTwoResult['status'] = 'succeeded';
  let failure: Failure | null = null;
  try {
    await carryOut(input, run);
  } catch (error) {
    const { code, detail } = failureOf(error);
    status = isCancellation(error) ? 'cancelled' : 'failed';
    failure = isCancellation(error) ? null : { code, detail };
  }
  await CancellationScope.nonCancellable(() => run.settled());
  const result = run.resultingPlan;
  const left = new Set(result.machines.map(({ name }) => name));
  const remaining = run.nodeList().filter(({ name }) => left.has(name));
  // The definition says what is wanted: a machine that is still missing is added by a later heal.
  return { status, failure, notes: run.notes, cluster: { definition, plan: result, nodes: remaining } };
}

async function carryOut(input: DayTwoInput<HealRequest>, run: ScaleRun): Promise<void> {
  const { clusterUid, request } = input;
  const definition = withServices(upcastDefinition(input.definition));
  const group = definition.nodeGroups.find(({ name }) => name === request.group);
  if (group === undefined) throw fail('NODE_GROUP_NOT_FOUND', `there is no node group "${request.group}"`);
  const votes = group.role === 'CONTROL_PLANE' && hasMembers(definition);
  const one = {
    targetCount: group.count,
    strategy: 'ROLLING',
    maxSurge: 1,
    drainTimeoutSeconds: 60,
  } as const;
  const scaling: Scaling = {
    ...{ clusterUid, definition, group, votes, run, unattended: true },
    request: { nodeGroup: group.name, ...one },
  };
  declareLook(run);
  const namesEver = await run.steps.run(SCALE_STEPS.look, async (options) => {
    const identities = await ledger.listMachines.executeWithOptions(options, [{ clusterUid }]);
    const names = await ledger.machineNames.executeWithOptions(options, [{ clusterUid }]);
    run.know(identities);
    return names;
  });
  run.settings = await run.steps.run(SCALE_STEPS.settings, (options) =>
    planning.serviceSettings.executeWithOptions(options, []),
  );
  if (request.machine === null) {
    if (present(run, group.name) >= group.count)
      await needless(request, run, 'no machine is missing any more');
    else await addOne(scaling, namesEver);
    return;
  }
  const needsHealing = await run.steps.run(HEAL_STEPS.confirm, () => confirmed(scaling, request, run));
  if (needsHealing) await act(scaling, request, namesEver);
}

async function act(scaling: Scaling, request: HealRequest, namesEver: readonly string[]): Promise<void> {
  const { machine, readySeconds } = request;
  if (machine === null) return;
  switch (request.action) {
    case 'START':
      return startMachine(scaling, machine, readySeconds);
    case 'RESTART':
      return restartMachine(scaling, machine, readySeconds);
    case 'REPLACE': {
      const objection = replaceObjection(scaling.definition, scaling.run.wholePlan, machine);
      if (objection !== null) throw applicationFailure('HEAL_REFUSED', objection);
      return replaceMachine(scaling, machine, namesEver);
    }
    case 'ADD':
      throw fail('INTERNAL', `a machine that is there, ${machine}, is not added`);
  }
}

/** It was decided a while ago, and other operations may have come first. @returns false where it is well by now. */
async function confirmed(scaling: Scaling, request: HealRequest, run: ScaleRun): Promise<boolean> {
  const { clusterUid, definition } = scaling;
  const { machines } = run.wholePlan;
  const target = machines.find(({ name }) => name === request.machine);
  if (target === undefined) {
    await needless(request, run, `${request.machine ?? ''} is no machine of the cluster any more`);
    return false;
  }
  const watched = machines.filter(({ role }) => role !== 'BOOTSTRAP');
  const all = watched.map(({ name, group, role, host, network }) => {
    return { name, group, role, host, address: network.address };
  });
  const guests = watched.flatMap((machine) => {
    const group = definition.nodeGroups.find(({ name }) => name === machine.group);
    if (group === undefined) return [];
    const { name, system, network } = machine;
    return [
      { name, system, address: network.address, user: loginUser(machine, group.template.cloudInit.user) },
    ];
  });
  const sight = sightsOf(all, await lookAtMachines({ clusterUid, machines: all, guests }))[target.name];
  const diagnosis = sight && diagnose(sight);
  switch (diagnosis?.remedy) {
    case 'START':
    case 'RESTART':
    case 'REPLACE':
      return true;
    case 'NONE':
      await needless(request, run, `${target.name} is well again`);
      return false;
    case 'WAIT':
    case undefined: {
      const why = `${target.name}: ${diagnosis?.why ?? 'nothing was seen of it'}`;
      await healthRecords.retractHeal({ id: request.id, reason: why });
      throw applicationFailure('HEAL_REFUSED', why);
    }
  }
}

/** Nothing was done, so nothing counts against what may be done next. */
async function needless({ id }: HealRequest, run: ScaleRun, why: string): Promise<void> {
  run.notes.push(`nothing was done: ${why}`);
  await healthRecords.retractHeal({ id, reason: why });
}

function present({ wholePlan }: ScaleRun, group: string): number {
  return wholePlan.machines.filter((machine) => machine.group === group).length;
}

function declareLook(run: ScaleRun): void {
  const { look, settings } = SCALE_STEPS;
  run.steps.declare([
    ...[look, settings].map((id) => ({ id, title: SCALE_STEP_TITLES[id], machine: null })),
    { id: HEAL_STEPS.confirm, title: HEAL_STEP_TITLES[HEAL_STEPS.confirm], machine: null },
  ]);
}
