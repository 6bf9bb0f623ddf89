/**
 * Brings a cluster to another version: its state is kept first, then the control plane goes, one machine after the other,
 * then the workers. Whenever it ends, and however, no machine is half upgraded, and the result says what there is.
 */
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import { isNode } from '../domain/plan-steps.js';
import { withCount } from '../domain/scale/scale-changes.js';
import { withServices } from '../domain/services/service-groups.js';
import { upcastDefinition } from '../domain/upcast.js';
import { clusterVersion, nodeVersions } from '../domain/upgrade/node-versions.js';
import { hopsObjection } from '../domain/upgrade/upgrade-objection.js';
import type { UpgradeRequest } from '../domain/upgrade/upgrade-request.js';
import { UPGRADE_STEPS, UPGRADE_STEP_TITLES } from '../domain/upgrade/upgrade-steps.js';
import { planHops, type Hop } from '../domain/upgrade/version-hops.js';
import { kubernetes, ledger, planning } from './lib/activities.js';
import { backUpFirst } from './lib/backup-first.js';
import { applicationFailure, failureOf } from './lib/failure.js';
import { Pauses } from './lib/pauses.js';
import { ScaleRun } from './lib/scale-run.js';
import { passGates } from './lib/upgrade-gates.js';
import { upgradeMachine } from './lib/upgrade-machine.js';
import { upgradeWorkers } from './lib/upgrade-workers.js';
import { isBehind, type Upgrading } from './lib/upgrading.js';
import type { DayTwoInput, DayTwoResult, Failure } from './messages.js';

export async function upgrade(input: DayTwoInput<UpgradeRequest>): Promise<DayTwoResult> {
  const { request, nodes, plan, definition } = input;
  if (plan === null) {
    const detail = `nothing is remembered of the machines of "${definition.name}"`;
    return { status: 'failed', failure: { code: 'INTERNAL', detail }, notes: [], cluster: null };
  }
  const run = new ScaleRun(`${definition.name}: to ${request.version}`, plan, nodes, { kind: 'upgrade' });
  const step = UPGRADE_STEPS.paused;
  const pauses = new Pauses(run.steps, { id: step, title: UPGRADE_STEP_TITLES[step] });
  let status: DayTwoResult['status'] = 'succeeded';
  let failure: Failure | null = null;
  try {
    await carryOut(input, run, pauses);
  } catch (error) {
    const { code, detail } = failureOf(error);
    status = isCancellation(error) ? 'cancelled' : 'failed';
    failure = isCancellation(error) ? null : { code, detail };
  }
  await CancellationScope.nonCancellable(() => run.settled());
  const result = run.resultingPlan;
  const left = new Set(result.machines.map(({ name }) => name));
  const remaining = run.nodeList().filter(({ name }) => left.has(name));
  const version = clusterVersion(remaining, definition);
  if (status !== 'succeeded' && version !== definition.version) {
    run.notes.push(`the control plane is at ${version}, and never goes back`);
  }
  const reached = { ...(run.isKnown ? counted(definition, run) : definition), version };
  return {
    status,
    failure,
    notes: run.notes,
    cluster: { definition: reached, plan: result, nodes: remaining },
  };
}

async function carryOut(input: DayTwoInput<UpgradeRequest>, run: ScaleRun, pauses: Pauses): Promise<void> {
  const { clusterUid, request } = input;
  declare(run, ['look']);
  await run.steps.run(UPGRADE_STEPS.look, async (options) => {
    run.know(await ledger.listMachines.executeWithOptions(options, [{ clusterUid }]));
    const { versions } = await kubernetes.nodeVersions.executeWithOptions(options, [{ clusterUid }]);
    for (const node of run.nodeList()) {
      const version = versions[node.name];
      if (version !== undefined && version !== node.version) run.nodeIs({ ...node, version });
    }
  });
  const hops = hopsOf(input, run);
  if (run.nodeList().every(({ version }) => version === null || version === request.version)) {
    run.notes.push(`every node is at ${request.version} already`);
    return;
  }
  declare(run, request.backup === null ? ['settings'] : ['backup', 'settings']);
  if (request.backup !== null) {
    const how = { steps: run.steps, step: UPGRADE_STEPS.backup };
    run.notes.push(await backUpFirst(input, request.backup, how));
  }
  run.settings = await run.steps.run(UPGRADE_STEPS.settings, (options) =>
    planning.serviceSettings.executeWithOptions(options, []),
  );
  const definition = withServices(upcastDefinition(input.definition));
  let isCanaryOver = false;
  for (const { version, workers } of hops) {
    const upgrading = { clusterUid, definition: { ...definition, version }, request, run, pauses };
    await upgradeControlPlane(upgrading);
    if (!workers) continue;
    await upgradeWorkers(upgrading, isCanaryOver);
    isCanaryOver = true;
  }
}

/** By what the nodes say themselves. @throws `UPGRADE_REFUSED`, `UPGRADE_HOP_MISSING` */
function hopsOf({ definition, request }: DayTwoInput<UpgradeRequest>, run: ScaleRun): readonly Hop[] {
  const { type } = definition;
  const { version: target, via, strategy } = request;
  const plan = planHops({ ...nodeVersions(run.nodeList(), definition), type, target, via, strategy });
  const objection = hopsObjection(type, plan);
  if (objection !== null) throw applicationFailure(objection.code, objection.detail);
  return plan.kind === 'ok' ? plan.hops : [];
}

/** Two members of etcd that are away at once would each be proved by a quorum that the other one breaks. */
async function upgradeControlPlane(upgrading: Upgrading): Promise<void> {
  const { run, pauses } = upgrading;
  for (const { name } of run.controlPlane()) {
    if (!isBehind(upgrading, name)) continue;
    await pauses.here();
    await upgradeMachine(upgrading, name);
    await passGates(upgrading, name);
  }
}

/** The definition with as many machines in each group of nodes as there are. */
function counted(definition: ClusterDefinition, run: ScaleRun): ClusterDefinition {
  const nodes = run.resultingPlan.machines.filter(isNode);
  return definition.nodeGroups
    .filter(({ role }) => role === 'WORKER' || role === 'INFRA')
    .reduce(
      (whole, { name }) => withCount(whole, name, nodes.filter(({ group }) => group === name).length),
      definition,
    );
}

function declare(run: ScaleRun, steps: readonly (keyof typeof UPGRADE_STEPS)[]): void {
  run.steps.declare(
    steps.map((name) => {
      const id = UPGRADE_STEPS[name];
      return { id, title: UPGRADE_STEP_TITLES[id], machine: null };
    }),
  );
}
