/** Makes a cluster: plans, reserves, then one node workflow a machine, joined in quorum-safe order. */
import { isCancellation, patched } from '@temporalio/workflow';
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import { fail } from '../domain/errors.js';
import { CLUSTER_STEPS } from '../domain/plan-steps.js';
import type { NodeRecord } from '../domain/step-record.js';
import { withServices } from '../domain/services/service-groups.js';
import { upcastDefinition } from '../domain/upcast.js';
import { kubernetes } from './lib/activities.js';
import { together } from './lib/concurrency.js';
import { withDeadline } from './lib/deadline.js';
import { failureOf } from './lib/failure.js';
import { ensureImagesOf } from './lib/images.js';
import { keepSteps } from './lib/keep-steps.js';
import { lookUpNames } from './lib/names.js';
import { makePlan } from './lib/make-plan.js';
import { makeNodes } from './lib/make-nodes.js';
import { checkPlan } from './lib/preflight.js';
import { ProvisionRun } from './lib/provision-run.js';
import { makeKeys, reserveMachines, type Reserved } from './lib/reserve.js';
import { rollBack } from './lib/roll-back.js';
import { probedAddresses } from './lib/further-addresses.js';
import type { Failure } from './messages.js';

export interface ProvisionInput {
  readonly clusterUid: string;
  readonly definition: ClusterDefinition;
}

export type ProvisionResult =
  | { readonly kind: 'ready'; readonly nodes: readonly NodeRecord[] }
  /** `residue` lists what could not be undone; empty when everything was. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly residue: readonly string[] };

export async function provision(recorded: ProvisionInput): Promise<ProvisionResult> {
  const input = { ...recorded, definition: withServices(upcastDefinition(recorded.definition)) };
  const { definition } = input;
  const run = new ProvisionRun(definition);
  try {
    await withDeadline(definition.deadlineMinutes, () => makeCluster(input, run));
    await run.settled();
    await keepSteps(input.clusterUid, run.stepList());
    return { kind: 'ready', nodes: run.nodeList() };
  } catch (error) {
    // Cancelled means that a decommission follows, which removes everything by the ledger.
    if (isCancellation(error)) throw error;
    const { code, detail } = failureOf(error);
    const residue = definition.onFailure === 'ROLLBACK' ? await rollBack(input) : [];
    await run.settled();
    await keepSteps(input.clusterUid, run.stepList());
    return { kind: 'failed', failure: { code, detail }, residue };
  }
}

async function makeCluster(input: ProvisionInput, run: ProvisionRun): Promise<void> {
  const { definition, clusterUid } = input;
  const { steps } = run;
  const reserved = patched('2026-11-preflight-and-images')
    ? await checkedAndReserved(input, run)
    : await plannedAndReserved(input, run);

  run.enter('BOOT');
  await makeNodes(input, run, reserved);

  run.enter('VALIDATION');
  await lookUpNames(input, run, reserved);
  if (definition.validation.waitForCluster) {
    const { healthChecks, timeoutMinutes } = definition.validation;
    await steps.run(
      CLUSTER_STEPS.validate,
      (options) =>
        kubernetes.runHealthChecks.executeWithOptions(options, [
          { clusterUid, checks: healthChecks, nodes: run.kubernetesNodes() },
        ]),
      { softLimitSeconds: timeoutMinutes * 60, skipped: { value: undefined } },
    );
  }
}

type Prepared = Reserved & { readonly publicKey: string };

async function checkedAndReserved(input: ProvisionInput, run: ProvisionRun): Promise<Prepared> {
  const made = await run.steps.run(CLUSTER_STEPS.plan, (options) => makePlan(input.definition, options));
  run.planned(made.plan);
  const warnings = await checkPlan(input, run, made);

  run.enter('SERVICES');
  let reserved = await reserveMachines(input, run, made);
  const warned = { ...reserved.plan, warnings: [...reserved.plan.warnings, ...warnings] };
  reserved = { ...reserved, plan: warned };
  run.planned(warned);
  let publicKey = '';
  await together(
    async () => {
      reserved = await probedAddresses(input, run, reserved);
    },
    async () => {
      publicKey = await makeKeys(input, run);
    },
    () => ensureImagesOf(input, run, warned),
  );
  run.planned(reserved.plan);
  return { ...reserved, publicKey };
}

/** As it was before there were checks, images and further addresses. */
async function plannedAndReserved(input: ProvisionInput, run: ProvisionRun): Promise<Prepared> {
  const made = await run.steps.run(CLUSTER_STEPS.plan, (options) => makePlan(input.definition, options));
  run.planned(made.plan);
  run.enter('SERVICES');
  let reserved: Reserved | undefined;
  let publicKey = '';
  await together(
    async () => {
      reserved = await reserveMachines(input, run, made);
    },
    async () => {
      publicKey = await makeKeys(input, run);
    },
  );
  if (reserved === undefined) throw fail('INTERNAL', 'nothing was reserved');
  run.planned(reserved.plan);
  return { ...reserved, publicKey };
}
