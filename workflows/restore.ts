/**
 * Sets a cluster back to the state of a backup, on the machines that there are and on new ones for those that are lost.
 * Nothing is touched before the backup is proved, and the cluster was seen to be one that may be set back. What is
 * replaced stays on its machine.
 */
import { CancellationScope, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { BackupManifest } from '../domain/backup/manifest.js';
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import type { MachineIdentity } from '../domain/machine.js';
import type { Plan } from '../domain/plan.js';
import { isNode } from '../domain/plan-steps.js';
import { restorePaths, type RestorePaths } from '../domain/restore/restore-paths.js';
import {
  planRestore,
  type EtcdSight,
  type RestorePlan,
  type SeenMachine,
} from '../domain/restore/restore-plan.js';
import type { RestoreRequest } from '../domain/restore/restore-request.js';
import { RESTORE_STEPS, restoreStep } from '../domain/restore/restore-steps.js';
import { withServices } from '../domain/services/service-groups.js';
import { upcastDefinition } from '../domain/upcast.js';
import { platformOf } from '../platforms/registry.js';
import { backups, etcd, kubernetes, ledger, planning, proxmox } from './lib/activities.js';
import { applicationFailure, failureOf } from './lib/failure.js';
import { guestOf } from './lib/guest-of.js';
import { remakeMachines } from './lib/remake-machines.js';
import { restoreMachines } from './lib/restore-machines.js';
import { RestoreRun } from './lib/restore-run.js';
import type { Restoring } from './lib/restoring.js';
import type { StepOptions } from './lib/step-runner.js';
import type { DayTwoInput, DayTwoResult, Failure } from './messages.js';

const VERIFY_SECONDS = 12 * 3_600;
const VERIFY_ATTEMPTS = { maximumAttempts: 10, maximumInterval: '1 minute' } as const;
const HEALTH_SECONDS = 900;
/** Of an etcd that is looked for: that it does not answer is an answer. */
const ETCD_ATTEMPTS = { maximumAttempts: 2 } as const;
/** Nobody is asked before anything is touched: the request can be made again. */
const GIVES_UP = { givesUp: true } as const satisfies StepOptions<unknown>;

export async function restore(input: DayTwoInput<RestoreRequest>): Promise<DayTwoResult> {
  const { plan, nodes, definition } = input;
  if (plan === null) {
    const detail = `nothing is remembered of the machines of "${definition.name}"`;
    return { status: 'failed', failure: { code: 'RESTORE_NOT_POSSIBLE', detail }, notes: [], cluster: null };
  }
  const run = new RestoreRun(`Restore of ${definition.name}`, plan, nodes);
  const paths = restorePaths(workflowInfo().workflowId.split('/').at(-1) ?? '');
  const touched = { version: null as string | null, kept: [] as readonly string[] };
  let status: DayTwoResult['status'] = 'succeeded';
  let failure: Failure | null = null;
  try {
    const manifest = await provedBackup(input, run);
    const restoring = await lookedAt(input, { run, plan, paths, manifest });
    touched.version = manifest.version;
    touched.kept = restoring.what.keep;
    await carryOut(restoring);
  } catch (error) {
    const { code, detail } = failureOf(error);
    status = isCancellation(error) ? 'cancelled' : 'failed';
    failure = isCancellation(error) ? null : { code, detail };
  }
  await CancellationScope.nonCancellable(() => run.settled());
  const { version, kept } = touched;
  if (version === null) return { status, failure, notes: run.notes, cluster: null };
  if (kept.length > 0) run.notes.push(`what was replaced on machines that were kept is in ${paths.kept}`);
  if (status !== 'succeeded') {
    run.notes.push('the cluster is as far as the steps show: ask for the same restore again to go on');
  }
  const cluster = { definition: { ...definition, version }, plan, nodes: run.nodeList() };
  return { status, failure, notes: run.notes, cluster };
}

/** Before anything is touched. */
async function provedBackup(
  { clusterUid, definition, request }: DayTwoInput<RestoreRequest>,
  run: RestoreRun,
): Promise<BackupManifest> {
  const { backupId, destination } = request;
  run.steps.declare([restoreStep(RESTORE_STEPS.verify), restoreStep(RESTORE_STEPS.look)]);
  const manifest = await run.steps.run(
    RESTORE_STEPS.verify,
    (options) =>
      backups.verifyBackup.executeWithOptions({ ...options, retry: VERIFY_ATTEMPTS }, [
        { backupId, clusterUid, destination },
      ]),
    { ...GIVES_UP, softLimitSeconds: VERIFY_SECONDS },
  );
  if (manifest.type === definition.type) return manifest;
  const detail = `the backup is of a cluster of ${manifest.type}, and "${definition.name}" is one of ${definition.type}`;
  throw applicationFailure('RESTORE_NOT_POSSIBLE', detail);
}

interface Known {
  readonly run: RestoreRun;
  readonly plan: Plan;
  readonly paths: RestorePaths;
  readonly manifest: BackupManifest;
}

/** What there is, and what is done with it. */
async function lookedAt(
  { clusterUid, definition: recorded, request }: DayTwoInput<RestoreRequest>,
  { run, plan, paths, manifest }: Known,
): Promise<Restoring> {
  const definition = { ...withServices(upcastDefinition(recorded)), version: manifest.version };
  const { restore: how } = platformOf(definition.type);
  if (how === undefined)
    throw applicationFailure('RESTORE_NOT_POSSIBLE', `${definition.type} has no restore`);
  const { backupId, destination, confirm } = request;
  const { identities, settings, what } = await run.steps.run(
    RESTORE_STEPS.look,
    async (options) => {
      const known = await ledger.listMachines.executeWithOptions(options, [{ clusterUid }]);
      const observed = await proxmox.observeMachines.executeWithOptions(options, [{ identities: known }]);
      const machines = plan.machines.map(({ name, role }): SeenMachine => {
        return { name, role, sight: observed.find((one) => one.name === name)?.sight ?? 'gone' };
      });
      const byName = new Map(known.map((identity) => [identity.name, identity]));
      const seen = await etcdSight({ clusterUid, definition, plan, identities: byName, machines });
      const cluster = definition.name;
      const made = await planning.serviceSettings.executeWithOptions(options, []);
      return {
        identities: byName,
        settings: made,
        what: decided({ cluster, machines, etcd: seen, confirm }),
      };
    },
    GIVES_UP,
  );
  const place = { backupId, clusterUid, destination };
  return { clusterUid, definition, plan, place, how, what, paths, settings, identities, run };
}

function decided(sight: Parameters<typeof planRestore>[0]): RestorePlan {
  const verdict = planRestore(sight);
  if (verdict.kind === 'ok') return verdict.plan;
  throw applicationFailure(verdict.code, verdict.detail);
}

/** Only members on machines that run can be asked. */
async function etcdSight({
  clusterUid,
  definition,
  plan,
  identities,
  machines,
}: {
  readonly clusterUid: string;
  readonly definition: ClusterDefinition;
  readonly plan: Plan;
  readonly identities: ReadonlyMap<string, MachineIdentity>;
  readonly machines: readonly SeenMachine[];
}): Promise<EtcdSight> {
  const running = new Set(machines.filter(({ sight }) => sight === 'running').map(({ name }) => name));
  const servers = plan.machines
    .filter(({ name, role }) => role === 'CONTROL_PLANE' && running.has(name))
    .flatMap((machine) => {
      const guest = guestOf(definition, { identities }, machine);
      return guest === undefined ? [] : [{ ...guest, node: machine.name }];
    });
  if (servers.length === 0) return 'no-quorum';
  try {
    const options = { scheduleToCloseTimeout: '5 minutes', retry: ETCD_ATTEMPTS };
    const { hasQuorum } = await etcd.readEtcd.executeWithOptions(options, [
      { clusterUid, type: definition.type, servers },
    ]);
    return hasQuorum ? 'quorum' : 'no-quorum';
  } catch (error) {
    if (isCancellation(error)) throw error;
    return 'unknown';
  }
}

async function carryOut(restoring: Restoring): Promise<void> {
  const { run, place, plan, clusterUid } = restoring;
  run.steps.declare([restoreStep(RESTORE_STEPS.secrets)]);
  await run.steps.run(RESTORE_STEPS.secrets, (options) =>
    backups.restoreSecrets.executeWithOptions({ ...options, retry: VERIFY_ATTEMPTS }, [place]),
  );
  await restoreMachines(restoring, await remakeMachines(restoring));
  run.steps.declare([restoreStep(RESTORE_STEPS.health)]);
  const nodes = plan.machines.filter(isNode).map(({ name }) => name);
  await run.steps.run(
    RESTORE_STEPS.health,
    (options) =>
      kubernetes.runHealthChecks.executeWithOptions(options, [
        { clusterUid, checks: ['node-readiness'], nodes },
      ]),
    { softLimitSeconds: HEALTH_SECONDS, skipped: { value: undefined } },
  );
}
