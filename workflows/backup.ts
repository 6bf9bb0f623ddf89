/**
 * Takes a backup of a cluster, reads it back, and removes those that are not kept any more. Nobody is asked about its
 * steps: a backup that fails must not keep the operations behind it waiting, and the next one comes by its schedule.
 */
import { CancellationScope, isCancellation, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { BackupRequest } from '../domain/backup/backup-request.js';
import { storedBytes, type BackupManifest } from '../domain/backup/manifest.js';
import { backups } from './lib/activities.js';
import { failureOf } from './lib/failure.js';
import { stepsAsMarkdown } from './lib/step-details.js';
import { StepRunner } from './lib/step-runner.js';
import { operationStateQuery, resolveStepUpdate, type DayTwoInput, type DayTwoResult } from './messages.js';

const STEPS = {
  begin: 'begin-backup',
  take: 'take-backup',
  verify: 'verify-backup',
  expire: 'expire-backups',
} as const;
const TITLES: Readonly<Record<(typeof STEPS)[keyof typeof STEPS], string>> = {
  'begin-backup': 'Write down that a backup is taken',
  'take-backup': 'Stream the snapshot of etcd to the destination, sealed',
  'verify-backup': 'Read the backup back',
  'expire-backups': 'Remove the backups that are not kept',
};

const TAKE_SECONDS = 12 * 3_600;
/** A worker that dies is one attempt. With the pauses between them they last for some minutes. */
const ATTEMPTS = { maximumAttempts: 10, maximumInterval: '1 minute' } as const;
const EXPIRE_SECONDS = 900;
const DISCARD_FOR = '30 minutes';

export async function backup(input: DayTwoInput<BackupRequest>): Promise<DayTwoResult> {
  const { clusterUid, definition, request } = input;
  const { backupId, retention } = request;
  const title = `Backup of ${definition.name}`;
  const notes: string[] = [];
  let taken: BackupManifest | undefined;
  const steps = new StepRunner(() => {
    const summary = taken === undefined ? '' : `\n\n${storedBytes(taken)} bytes from ${taken.machine}`;
    setCurrentDetails(stepsAsMarkdown(title, steps.list()) + summary);
  }, true);
  setHandler(operationStateQuery, () => ({
    phase: 'BACKING_UP',
    plan: null,
    nodes: [...input.nodes],
    steps: steps.list(),
  }));
  setHandler(resolveStepUpdate, (decision) => steps.decide(decision), {
    validator: (decision) => steps.validate(decision),
  });
  steps.declare(Object.values(STEPS).map((id) => ({ id, title: TITLES[id], machine: null })));

  let destination: string | undefined;
  try {
    const cluster = definition.name;
    const { reason, destination: wanted } = request;
    const begun = await steps.run(STEPS.begin, (options) =>
      backups.beginBackup.executeWithOptions(options, [
        { backupId, clusterUid, cluster, destination: wanted, reason },
      ]),
    );
    destination = begun.destination;
    const place = { backupId, clusterUid, destination };
    const manifest = await steps.run(
      STEPS.take,
      (options) =>
        backups.takeBackup.executeWithOptions({ ...options, retry: ATTEMPTS }, [{ ...place, definition }]),
      { softLimitSeconds: TAKE_SECONDS },
    );
    taken = manifest;
    await steps.run(
      STEPS.verify,
      async (options) => {
        await backups.verifyBackup.executeWithOptions({ ...options, retry: ATTEMPTS }, [place]);
        await backups.completeBackup.executeWithOptions(options, [{ backupId, manifest }]);
      },
      { softLimitSeconds: TAKE_SECONDS },
    );
  } catch (error) {
    const isCancelled = isCancellation(error);
    const failure = failureOf(error);
    const detail = isCancelled ? 'it was cancelled' : `${failure.code}: ${failure.detail}`;
    if (destination !== undefined)
      notes.push(...(await discard({ backupId, clusterUid, destination }, detail)));
    return isCancelled
      ? { status: 'cancelled', failure: null, notes, cluster: null }
      : { status: 'failed', failure: { code: failure.code, detail: failure.detail }, notes, cluster: null };
  }
  notes.push(`${storedBytes(taken)} bytes from ${taken.machine} at "${destination}"`);
  const place = { backupId, clusterUid, destination };
  try {
    await steps.run(
      STEPS.expire,
      (options) =>
        backups.expireBackups.executeWithOptions({ ...options, retry: ATTEMPTS }, [{ ...place, retention }]),
      { softLimitSeconds: EXPIRE_SECONDS },
    );
  } catch (error) {
    // There is a backup: one too many of the old ones is no reason to say that there is none.
    notes.push(
      isCancellation(error)
        ? 'old backups were left, as it was cancelled'
        : `old backups could not be removed: ${failureOf(error).detail}`,
    );
  }
  return { status: 'succeeded', failure: null, notes, cluster: null };
}

interface Place {
  readonly backupId: string;
  readonly clusterUid: string;
  readonly destination: string;
}

/** Also when the run is cancelled: what is paid for and of no use must not stay. @returns what is left, in words. */
async function discard(place: Place, detail: string): Promise<string[]> {
  return CancellationScope.nonCancellable(async () => {
    try {
      const options = { scheduleToCloseTimeout: DISCARD_FOR, summary: 'Remove what was sent of it' };
      await backups.discardBackup.executeWithOptions(options, [{ ...place, detail }]);
      return [];
    } catch (error) {
      return [`what was sent of it could not be removed: ${failureOf(error).detail}`];
    }
  });
}
