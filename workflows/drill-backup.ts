/**
 * Restores a backup into a machine of its own, and holds what its etcd has then against the snapshot. Runs beside the
 * operations of the cluster, of which it touches nothing: the machine has a name and an address of its own, nothing
 * balances it or names it, and its control plane is never started. Whatever becomes of the drill, the machine goes.
 */
import { CancellationScope, isCancellation, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { BegunDrill } from '../activities/backup/drill.js';
import { DRILL_STEPS, DRILL_TITLES } from '../domain/backup/drill-steps.js';
import { backups, ledger, proxmox } from './lib/activities.js';
import { drill } from './lib/drill.js';
import { failureOf, workflowFailure } from './lib/failure.js';
import { scratchMachines } from './lib/scratch-machines.js';
import { stepsAsMarkdown } from './lib/step-details.js';
import { StepRunner } from './lib/step-runner.js';
import { operationStateQuery } from './messages.js';

export interface DrillBackupInput {
  readonly cluster: string;
  /** `null`: the newest one that is complete. */
  readonly backupId: string | null;
}

export interface DrilledBackup {
  readonly backupId: string;
  readonly state: 'passed' | 'failed';
  /** Why it failed. */
  readonly detail: string | null;
}

/** What cannot be removed by then is in the ledger: the next drill removes it, or the end of the cluster does. */
const REMOVE_FOR = '12 hours';
const END_FOR = '1 hour';

/** @throws what kept it from beginning. */
export async function drillBackup(input: DrillBackupInput): Promise<DrilledBackup> {
  const steps = new StepRunner(
    () => setCurrentDetails(stepsAsMarkdown(`Drill of a backup of ${input.cluster}`, steps.list())),
    true,
  );
  setHandler(operationStateQuery, () => ({ phase: 'READY', plan: null, nodes: [], steps: steps.list() }));
  steps.declare(Object.values(DRILL_STEPS).map((id) => ({ id, title: DRILL_TITLES[id], machine: null })));
  let begun: BegunDrill;
  try {
    begun = await steps.run(DRILL_STEPS.begin, (options) =>
      backups.beginDrill.executeWithOptions(options, [input]),
    );
  } catch (error) {
    throw workflowFailure(error);
  }
  const { place, definition } = begun;
  const { backupId } = place;
  try {
    await removeScratch(begun);
    const { objects } = await drill(begun, steps);
    await ended(begun, { state: 'passed', objects, detail: null });
    return { backupId, state: 'passed', detail: null };
  } catch (error) {
    const { code, detail: reason } = failureOf(error);
    const detail = isCancellation(error) ? 'it was cancelled' : `${code}: ${reason}`;
    await ended(begun, { state: 'failed', objects: null, detail });
    if (isCancellation(error)) throw error;
    return { backupId, state: 'failed', detail };
  } finally {
    setCurrentDetails(stepsAsMarkdown(`Drill of a backup of ${definition.name}`, steps.list()));
  }
}

/** The machine first: as long as it is there the drill is not over. */
async function ended(
  begun: BegunDrill,
  outcome: Parameters<typeof backups.endDrill>[0]['outcome'],
): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    let left = '';
    try {
      await removeScratch(begun);
    } catch (error) {
      left = `; its machine is left: ${failureOf(error).detail}`;
    }
    const said =
      left === '' ? outcome : { ...outcome, detail: `${outcome.detail ?? 'it was passed'}${left}` };
    const options = { scheduleToCloseTimeout: END_FOR, summary: 'Keep what came of it' };
    await backups.endDrill.executeWithOptions(options, [{ place: begun.place, outcome: said }]);
  });
}

async function removeScratch({ place: { clusterUid }, definition }: BegunDrill): Promise<void> {
  const options = { scheduleToCloseTimeout: REMOVE_FOR, summary: 'Remove the machine of the drill' };
  for (const identity of await scratchMachines(clusterUid, definition.name)) {
    await proxmox.removeVm.executeWithOptions(options, [{ identity }]);
    await ledger.releaseMachine.executeWithOptions(options, [{ clusterUid, name: identity.name }]);
  }
}
