/** Moves one machine of a cluster that goes on: nothing is sent to it, it is emptied, it moves, and has its work back. */
import { CancellationScope, type ActivityOptions } from '@temporalio/workflow';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { mayStop } from '../../domain/etcd/quorum-proof.js';
import type { EtcdStatus } from '../../domain/etcd/status.js';
import {
  MOVE_STEPS,
  type MoveMachinesRequest,
  type MoveStep,
  type WantedMove,
} from '../../domain/hosts/move-machines.js';
import type { MachineIdentity } from '../../domain/machine.js';
import { machineStepId } from '../../domain/plan-steps.js';
import { etcd, kubernetes, proxmox } from './activities.js';
import { etcdTarget, untilProved } from './etcd.js';
import { applicationFailure, failureOf } from './failure.js';
import { onBalancers } from './remove-machine.js';
import type { ScaleRun } from './scale-run.js';
import type { StepOptions } from './step-runner.js';

export interface Moving {
  readonly clusterUid: string;
  /** With the groups of services. */
  readonly definition: ClusterDefinition;
  readonly run: ScaleRun;
  readonly request: MoveMachinesRequest;
  readonly wanted: WantedMove;
  readonly identity: MachineIdentity;
  readonly isNode: boolean;
  /** It is a member of an etcd of the cluster's own. */
  readonly votes: boolean;
}

/** What a drain needs beside the time that its pods are given. */
const DRAIN_MARGIN_SECONDS = 120;
/** Copying large disks over a slow network takes hours. */
const MIGRATE_SECONDS = 6 * 3_600;
const READY_SECONDS = 900;
const RESTORE: ActivityOptions = { scheduleToCloseTimeout: '10 minutes' };

/**
 * A cancellation stops it until the VM begins to move; from then on it goes to its end.
 * @throws `DRAIN_BLOCKED`, `ETCD_CHANGE_REFUSED`, `MACHINE_NOT_MOVABLE`, `MIGRATION_FAILED`, or the cancellation of the
 *   scope around it. By then the machine has its work back, as far as that could be done: what could not is in the notes.
 */
export async function moveMachine(moving: Moving): Promise<void> {
  const { wanted, isNode } = moving;
  if (!wanted.isRunning) {
    await CancellationScope.nonCancellable(() => migrate(moving));
    return;
  }
  try {
    if (isNode) await empty(moving);
    if (moving.votes) await proveQuorum(moving);
    await CancellationScope.nonCancellable(() => carry(moving));
  } catch (error) {
    await CancellationScope.nonCancellable(() => restore(moving));
    throw error;
  }
}

async function empty(moving: Moving): Promise<void> {
  const { run, clusterUid, wanted, request } = moving;
  const { name: node } = wanted;
  const { drainTimeoutSeconds: timeoutSeconds } = request;
  await step(moving, MOVE_STEPS.cordon, (options) =>
    kubernetes.cordonNode.executeWithOptions(options, [{ clusterUid, node }]),
  );
  run.status(node, 'draining');
  await step(moving, MOVE_STEPS.drainBalancers, (options) => onBalancers(moving, node, 'drain', options));
  await step(
    moving,
    MOVE_STEPS.drain,
    (options) =>
      kubernetes.drainNode.executeWithOptions(options, [
        { clusterUid, node, timeoutSeconds, gracePeriodSeconds: null },
      ]),
    { softLimitSeconds: timeoutSeconds + DRAIN_MARGIN_SECONDS },
  );
}

/** A lone member that is moved while it runs is never away; one that is shut down takes the whole etcd with it. */
async function proveQuorum(moving: Moving): Promise<void> {
  const { run, wanted } = moving;
  const isAlone = run.controlPlane().length === 1;
  await step(moving, MOVE_STEPS.quorum, async (options) => {
    if (isAlone && wanted.mode === 'LIVE') return;
    await untilProved(moving, options, (status) => requireStop(status, wanted.name));
    if (isAlone) return;
    await etcd.moveEtcdLeader.executeWithOptions(options, [
      { ...etcdTarget(moving, run), from: wanted.name },
    ]);
  });
}

async function carry(moving: Moving): Promise<void> {
  const { run, clusterUid, identity, wanted, isNode, votes } = moving;
  const { name: node, mode } = wanted;
  if (mode === 'OFFLINE') {
    await step(moving, MOVE_STEPS.shutdown, (options) =>
      proxmox.shutDownVm.executeWithOptions(options, [{ identity }]),
    );
  }
  run.status(node, 'moving');
  await migrate(moving);
  if (mode === 'OFFLINE') {
    await step(moving, MOVE_STEPS.start, (options) =>
      proxmox.startVm.executeWithOptions(options, [{ identity }]),
    );
  }
  if (isNode) {
    await step(
      moving,
      MOVE_STEPS.ready,
      (options) =>
        kubernetes.waitForNode.executeWithOptions(options, [
          { clusterUid, node, version: null, votes: false },
        ]),
      { softLimitSeconds: READY_SECONDS },
    );
  }
  if (votes) {
    await step(moving, MOVE_STEPS.vote, (options) =>
      etcd.waitForEtcdVoters.executeWithOptions(options, [{ ...etcdTarget(moving, run), nodes: [node] }]),
    );
  }
  if (isNode) await step(moving, MOVE_STEPS.back, (options) => giveBack(moving, options));
  run.status(node, 'ready');
}

async function migrate(moving: Moving): Promise<void> {
  const { run, identity, wanted, request } = moving;
  const { name, to } = wanted;
  const { host } = await step(
    moving,
    MOVE_STEPS.migrate,
    (options) => proxmox.migrateVm.executeWithOptions(options, [{ identity, from: request.from, to }]),
    { softLimitSeconds: MIGRATE_SECONDS },
  );
  run.movedTo(name, host);
  if (host !== to) run.notes.push(`${name} was moved to ${host} meanwhile, and not to ${to}`);
}

async function giveBack(moving: Moving, options: ActivityOptions): Promise<void> {
  const { clusterUid, wanted } = moving;
  await onBalancers(moving, wanted.name, 'back', options);
  await kubernetes.uncordonNode.executeWithOptions(options, [{ clusterUid, node: wanted.name }]);
}

/** Wherever it is by now, it runs and has its work; each of these may fail without the other. */
async function restore(moving: Moving): Promise<void> {
  const { run, identity, wanted, isNode } = moving;
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const { code, detail } = failureOf(error);
      run.notes.push(`${wanted.name} ${what}: ${code}: ${detail}`);
    }
  };
  if (wanted.mode === 'OFFLINE') {
    await attempt('may be off', () => proxmox.startVm.executeWithOptions(RESTORE, [{ identity }]));
  }
  if (isNode) await attempt('may still be cordoned', () => giveBack(moving, RESTORE));
  run.status(wanted.name, 'ready');
}

function requireStop(status: EtcdStatus, node: string): void {
  const member = status.members.find((one) => one.node === node);
  if (member === undefined) return;
  const proved = mayStop(status, member.id);
  if (proved.kind === 'ok') return;
  const detail = `${node} may not be away: ${proved.reasons.join('; ')} (${proved.proof})`;
  throw applicationFailure('ETCD_CHANGE_REFUSED', detail);
}

/** Nobody is asked: the host is drained again once the reason is put right. */
async function step<T>(
  { run, wanted }: Moving,
  name: MoveStep,
  attempt: (options: ActivityOptions) => Promise<T>,
  options: StepOptions<T> = {},
): Promise<T> {
  return run.steps.run(machineStepId(wanted.name, name), attempt, { ...options, givesUp: true });
}
