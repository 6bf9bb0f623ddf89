/**
 * Brings a node group to another number of machines. Whenever it ends, and however, the cluster is what the result says:
 * a machine is either part of it, or on its way out for good.
 */
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { fail } from '../domain/errors.js';
import { isNode } from '../domain/plan-steps.js';
import { scaleChanges, withCount, type ScaleChanges } from '../domain/scale/scale-changes.js';
import type { ScaleRequest } from '../domain/scale/scale-request.js';
import { removalSteps, SCALE_STEPS, SCALE_STEP_TITLES } from '../domain/scale/scale-steps.js';
import { withServices } from '../domain/services/service-groups.js';
import { upcastDefinition } from '../domain/upcast.js';
import { ledger, planning } from './lib/activities.js';
import { addMachines } from './lib/add-machines.js';
import { forEachLimited } from './lib/concurrency.js';
import { hasMembers, readMembers, requireRemovals, untilProved } from './lib/etcd.js';
import { failureOf } from './lib/failure.js';
import { keepSteps } from './lib/keep-steps.js';
import { removeMachine } from './lib/remove-machine.js';
import type { Scaling } from './lib/scaling.js';
import { ScaleRun } from './lib/scale-run.js';
import type { DayTwoInput, DayTwoResult, Failure } from './messages.js';

export async function scale(input: DayTwoInput<ScaleRequest>): Promise<DayTwoResult> {
  const { request, nodes, plan } = input;
  const title = `${input.definition.name}: ${request.nodeGroup} to ${request.targetCount}`;
  if (plan === null) {
    const detail = `nothing is remembered of the machines of "${input.definition.name}"`;
    return { status: 'failed', failure: { code: 'INTERNAL', detail }, notes: [], cluster: null };
  }
  const run = new ScaleRun(title, plan, nodes);
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
  await keepSteps(input.clusterUid, run.stepList());
  const result = run.resultingPlan;
  const left = new Set(result.machines.map(({ name }) => name));
  const count = result.machines.filter(({ group }) => group === request.nodeGroup).length;
  const definition = run.isKnown ? withCount(input.definition, request.nodeGroup, count) : input.definition;
  const remaining = run.nodeList().filter(({ name }) => left.has(name));
  return { status, failure, notes: run.notes, cluster: { definition, plan: result, nodes: remaining } };
}

async function carryOut(
  { clusterUid, request, definition: recorded }: DayTwoInput<ScaleRequest>,
  run: ScaleRun,
): Promise<void> {
  const { nodeGroup, targetCount } = request;
  const definition = withCount(withServices(upcastDefinition(recorded)), nodeGroup, targetCount);
  const group = definition.nodeGroups.find(({ name }) => name === nodeGroup);
  if (group === undefined) throw fail('NODE_GROUP_NOT_FOUND', `there is no node group "${nodeGroup}"`);
  const votes = group.role === 'CONTROL_PLANE' && hasMembers(definition);
  const scaling: Scaling = { clusterUid, definition, group, request, votes, run };

  declare(run, ['look']);
  const namesEver = await run.steps.run(SCALE_STEPS.look, async (options) => {
    const identities = await ledger.listMachines.executeWithOptions(options, [{ clusterUid }]);
    const names = await ledger.machineNames.executeWithOptions(options, [{ clusterUid }]);
    run.know(identities);
    return names;
  });
  const { added, removed } = await changesOf(scaling, namesEver);
  if (added.length > 0) {
    declare(run, ['plan', 'preflight', 'reserve', 'probe', 'keys', 'images', 'serve', 'grow']);
    await addMachines(scaling, added);
  }
  if (removed.length === 0) return;
  declare(run, ['settings']);
  run.steps.declare(removed.flatMap((name) => removalSteps(name, votes)));
  run.settings = await run.steps.run(SCALE_STEPS.settings, (options) =>
    planning.serviceSettings.executeWithOptions(options, []),
  );
  // Two members at once would each be proved by a quorum that the other one changes.
  const atOnce = group.role === 'CONTROL_PLANE' ? 1 : request.maxSurge;
  await forEachLimited(removed, atOnce, (name) => removeMachine(scaling, name));
}

/** What goes is proved as a whole, before the first one is touched. */
async function changesOf(scaling: Scaling, namesEver: readonly string[]): Promise<ScaleChanges> {
  const { run, definition, group, request, votes } = scaling;
  const machines = run.wholePlan.machines.filter(isNode);
  const input = { cluster: definition.name, group, targetCount: request.targetCount, machines, namesEver };
  const changes = scaleChanges({ ...input, unhealthy: [] });
  if (!votes || changes.removed.length === 0) return changes;
  declare(run, ['quorum']);
  return run.steps.run(
    SCALE_STEPS.quorum,
    async (options) => {
      const status = await readMembers(scaling, run, options);
      const unhealthy = status.members.flatMap(({ isHealthy, node }) =>
        isHealthy || node === null ? [] : [node],
      );
      const proved = scaleChanges({ ...input, unhealthy });
      await untilProved(scaling, options, (seen) => requireRemovals(seen, proved.removed));
      return proved;
    },
    { givesUp: true },
  );
}

function declare(run: ScaleRun, steps: readonly (keyof typeof SCALE_STEPS)[]): void {
  run.steps.declare(
    steps.map((name) => {
      const id = SCALE_STEPS[name];
      return { id, title: SCALE_STEP_TITLES[id], machine: null };
    }),
  );
}
