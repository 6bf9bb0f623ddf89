/** Backs one machine of a cluster up: a member of etcd may stand still for a moment, so that the others are asked first. */
import { CancellationScope, isCancellation, type ActivityOptions } from '@temporalio/workflow';
import { isNode, machineStepId } from '../../domain/plan-steps.js';
import type { PlannedMachine } from '../../domain/plan.js';
import type { VmBackup } from '../../domain/vm-backup/vm-backup.js';
import type { VmBackupRequest } from '../../domain/vm-backup/vm-backup-request.js';
import {
  VM_BACKUP_MACHINE_STEPS,
  vmBackupMachineSteps,
  type VmBackupMachineStep,
} from '../../domain/vm-backup/vm-backup-steps.js';
import { etcd, proxmox } from './activities.js';
import { etcdTarget } from './etcd.js';
import { applicationFailure, failureOf } from './failure.js';
import type { InPlaceRun } from './in-place-run.js';
import { hasOthers, proveRestart, untilReady, untilVoting } from './restart-member.js';

/** Large disks over a slow line; before it there may be the backups of others on the same host. */
const BACK_UP_SECONDS = 24 * 3_600;
/** For some minutes: a host that is down must not keep the others, and all that the cluster waits for, for a day. */
const RETRY = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumInterval: '15 seconds',
  maximumAttempts: 16,
} as const;
const BACK_SECONDS = 900;
/** After a cancellation nobody waits for long. */
const END: ActivityOptions = { scheduleToCloseTimeout: '10 minutes' };

export function machineSteps(run: InPlaceRun, request: VmBackupRequest, machine: PlannedMachine) {
  const isProved = isProvedMember(run, machine);
  return vmBackupMachineSteps(machine.name, { isProved, isAwaited: isProved || isAway(request, machine) });
}

/**
 * Whatever becomes of the backup, a member is awaited back before this ends. A cancellation has Proxmox VE end the backup
 * that is under way.
 * @throws `ETCD_CHANGE_REFUSED` with the proof, what `backUpVm` throws, or the cancellation of the scope around it.
 */
export async function backUpMachine(
  run: InPlaceRun,
  request: VmBackupRequest,
  machine: PlannedMachine,
): Promise<VmBackup> {
  const { prove, backUp } = VM_BACKUP_MACHINE_STEPS;
  if (isProvedMember(run, machine)) {
    await step(run, machine, prove, (options) => proveAway(run, request, machine, options));
  }
  try {
    return await step(
      run,
      machine,
      backUp,
      (options) => {
        const { backupId, storage, mode } = request;
        const whole = {
          ...options,
          startToCloseTimeout: `${BACK_UP_SECONDS} seconds` as const,
          retry: RETRY,
        };
        const identity = identityOf(run, machine);
        return proxmox.backUpVm.executeWithOptions(whole, [{ identity, backupId, storage, mode }]);
      },
      BACK_UP_SECONDS,
    );
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => endBackup(run, machine));
    throw error;
  } finally {
    await CancellationScope.nonCancellable(() => awaitBack(run, request, machine));
  }
}

async function proveAway(
  run: InPlaceRun,
  { mode }: VmBackupRequest,
  { name }: PlannedMachine,
  options: ActivityOptions,
): Promise<void> {
  await proveRestart(run, name, false, options);
  if (mode === 'SNAPSHOT') return;
  await etcd.moveEtcdLeader.executeWithOptions(options, [{ ...etcdTarget(run, run), from: name }]);
}

async function awaitBack(run: InPlaceRun, request: VmBackupRequest, machine: PlannedMachine): Promise<void> {
  const isMember = isProvedMember(run, machine);
  if (!isMember && !isAway(request, machine)) return;
  await step(
    run,
    machine,
    VM_BACKUP_MACHINE_STEPS.back,
    async (options) => {
      if (isMember) await untilVoting(run, [machine.name], options);
      if (isAway(request, machine)) await untilReady(run, machine.name, options);
    },
    BACK_SECONDS,
  );
}

/** That it could not be ended is said: then it goes on by itself, and the VM is locked until it is over. */
async function endBackup(run: InPlaceRun, machine: PlannedMachine): Promise<void> {
  try {
    await proxmox.endVmBackup.executeWithOptions(END, [{ identity: identityOf(run, machine) }]);
  } catch (error) {
    const { code, detail } = failureOf(error);
    run.notes.push(`the backup of ${machine.name} may still be under way: ${code}: ${detail}`);
  }
}

function isProvedMember(run: InPlaceRun, { role }: PlannedMachine): boolean {
  return role === 'CONTROL_PLANE' && hasOthers(run);
}

/** Long enough for Kubernetes to miss it. */
function isAway({ mode }: VmBackupRequest, machine: PlannedMachine): boolean {
  return mode !== 'SNAPSHOT' && isNode(machine);
}

function identityOf(run: InPlaceRun, { name }: PlannedMachine) {
  const identity = run.identities.get(name);
  if (identity === undefined) throw applicationFailure('INTERNAL', `the ledger does not know ${name}`);
  return identity;
}

function step<T>(
  run: InPlaceRun,
  { name }: PlannedMachine,
  id: VmBackupMachineStep,
  attempt: (options: ActivityOptions) => Promise<T>,
  softLimitSeconds?: number,
): Promise<T> {
  const options = softLimitSeconds === undefined ? {} : { softLimitSeconds };
  return run.steps.run(machineStepId(name, id), attempt, options);
}
