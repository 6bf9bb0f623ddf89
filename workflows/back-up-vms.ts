/**
 * Backs the VMs of a cluster up through Proxmox VE: machines of the control plane one at a time, each with the quorum
 * proved and awaited back, then the others side by side. A machine that fails is named, and the others go on.
 */
import { CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow';
import type { PlannedMachine } from '../domain/plan.js';
import { outdatedVmBackups, type VmBackup } from '../domain/vm-backup/vm-backup.js';
import type { VmBackupRequest } from '../domain/vm-backup/vm-backup-request.js';
import { VM_BACKUP_STEPS, vmBackupSteps } from '../domain/vm-backup/vm-backup-steps.js';
import { proxmox } from './lib/activities.js';
import { backUpMachine, machineSteps } from './lib/back-up-machine.js';
import { forEachLimited } from './lib/concurrency.js';
import { failureOf } from './lib/failure.js';
import { InPlaceRun, unknownMachines } from './lib/in-place-run.js';
import type { DayTwoInput, DayTwoResult } from './messages.js';

/** Each host takes one at a time; more than a few at once are too much for a storage that all hosts share. */
const MOST_AT_ONCE = 3;

export async function backUpVms(input: DayTwoInput<VmBackupRequest>): Promise<DayTwoResult> {
  const { plan, definition, request } = input;
  if (plan === null) return unknownMachines(input);
  const title = `${definition.name}: its VMs to ${request.storage}`;
  const run = new InPlaceRun(input, plan, 'BACKING_UP', title);
  try {
    const failed = await carryOut(run, request);
    if (failed.length === 0) return run.result('succeeded', null);
    return run.result('failed', { code: 'VM_BACKUP_INCOMPLETE', detail: failed.join('; ') });
  } catch (error) {
    if (isCancellation(error)) return run.result('cancelled', null);
    const { code, detail } = failureOf(error);
    return run.result('failed', { code, detail });
  }
}

/** @returns the machines that failed, each with why. */
async function carryOut(run: InPlaceRun, request: VmBackupRequest): Promise<string[]> {
  const [look, ...last] = vmBackupSteps(request.keepLast);
  if (look !== undefined) run.steps.declare([look]);
  await run.look(VM_BACKUP_STEPS.look);
  const { nodeGroups } = request;
  const chosen = run.wholePlan.machines.filter(({ group }) => nodeGroups?.includes(group) ?? true);
  const servers = chosen.filter(({ role }) => role === 'CONTROL_PLANE');
  const others = chosen.filter(({ role }) => role !== 'CONTROL_PLANE');
  for (const machine of [...servers, ...others]) run.steps.declare(machineSteps(run, request, machine));
  run.steps.declare(last);

  const failed: string[] = [];
  const taken: VmBackup[] = [];
  const attempt = async (machine: PlannedMachine): Promise<void> => {
    // What was begun has come to its end; the next one is not touched.
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled');
    try {
      taken.push(await backUpMachine(run, request, machine));
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { code, detail } = failureOf(error);
      failed.push(`${machine.name}: ${code}: ${detail}`);
    }
  };
  for (const machine of servers) await attempt(machine);
  await forEachLimited(others, MOST_AT_ONCE, attempt);
  await retain(run, request, taken);
  return failed;
}

/** Only of machines that have a new one, and only what the notes prove to be ours. What cannot be removed is said. */
async function retain(
  run: InPlaceRun,
  { storage, keepLast, backupId }: VmBackupRequest,
  taken: readonly VmBackup[],
): Promise<void> {
  if (keepLast === null) return;
  const { clusterUid } = run;
  await run.steps.run(VM_BACKUP_STEPS.retention, async (options) => {
    try {
      const { items } = await proxmox.listVmBackups.executeWithOptions(options, [{ clusterUid, storage }]);
      for (const { machineUuid } of taken) {
        const own = items.filter((backup) => backup.machineUuid === machineUuid);
        for (const backup of outdatedVmBackups(own, keepLast, backupId)) {
          await proxmox.removeVmBackup.executeWithOptions(options, [{ backup }]);
        }
      }
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { code, detail } = failureOf(error);
      run.notes.push(`older backups are left: ${code}: ${detail}`);
    }
  });
}
