/** Activities on backups. Each can be repeated at any moment, and throws `ClusterwrightError`s. */
import { getClient } from '@temporalio/activity';
import type { BackupReason, ScheduledBackup } from '../../domain/backup/backup-request.js';
import type { BackupManifest } from '../../domain/backup/manifest.js';
import { judgeRetention, type RetentionRule } from '../../domain/backup/retention.js';
import { fail } from '../../domain/errors.js';
import type { BackupRecord, BackupState } from '../../store/backup-port.js';
import { withHeartbeats } from '../ssh/heartbeat.js';
import { destinationName, destinationOf, type BackupDependencies } from './dependencies.js';
import { compareRestored, type CompareRestoredRequest } from './compare-restored.js';
import {
  beginDrill,
  compareDrilled,
  endDrill,
  lendDrillToken,
  type BeginDrillRequest,
  type BegunDrill,
  type CompareDrilledRequest,
  type EndDrillRequest,
} from './drill.js';
import { deliverSnapshot, type DeliverSnapshotRequest } from './deliver-snapshot.js';
import { restoreSecrets } from './restore-secrets.js';
import { requestBackup, type RequestBackupRequest } from './request-backup.js';
import { removeObjects } from './remove-objects.js';
import { takeBackup, type TakeBackupRequest } from './take-backup.js';
import { verifyBackup, type BackupPlace } from './verify-backup.js';

export type BackupActivities = ReturnType<typeof createBackupActivities>;

export interface BeginBackupRequest {
  readonly backupId: string;
  readonly clusterUid: string;
  readonly cluster: string;
  /** `null`: the default one. */
  readonly destination: string | null;
  readonly reason: BackupReason;
}

export interface ExpireBackupsRequest {
  /** The one that was just taken. */
  readonly backupId: string;
  readonly clusterUid: string;
  readonly destination: string;
  /** `null`: the rule of the configuration. */
  readonly retention: RetentionRule | null;
}

/** More than any rule keeps. */
const MOST_BACKUPS = 5_000;

export function createBackupActivities(dependencies: BackupDependencies) {
  const { store, retention: defaultRule } = dependencies;
  const { backups } = store;

  const remove = async (
    { id, clusterUid, destination: name }: BackupRecord,
    signal: AbortSignal,
  ): Promise<void> => {
    if (!(await backups.removing(id))) throw fail('BACKUP_BUSY', `the backup ${id} is being taken`);
    await removeObjects(destinationOf(dependencies, name), { clusterUid, id }, signal);
    await backups.forget(id);
  };

  return {
    /** Writes down that the backup is taken, before the first byte is. @throws `BACKUP_DESTINATION_UNKNOWN` */
    beginBackup: async ({
      backupId: id,
      ...request
    }: BeginBackupRequest): Promise<{ readonly destination: string }> => {
      const destination = destinationName(dependencies, request.destination);
      await backups.begin({ id, ...request, destination });
      return { destination };
    },

    /** See {@link takeBackup}. */
    takeBackup: (request: TakeBackupRequest): Promise<BackupManifest> =>
      withHeartbeats((pulse) => takeBackup(dependencies, request, pulse)),

    /** See {@link verifyBackup}. */
    verifyBackup: (request: BackupPlace): Promise<BackupManifest> =>
      withHeartbeats((pulse) => verifyBackup(dependencies, request, pulse)),

    /** See {@link requestBackup}. @returns why nothing was asked for, where nothing was. */
    requestBackup: (request: RequestBackupRequest): Promise<ScheduledBackup> =>
      requestBackup(store, getClient(), request),

    /** See {@link deliverSnapshot}. */
    deliverSnapshot: (request: DeliverSnapshotRequest): Promise<void> =>
      withHeartbeats((pulse) => deliverSnapshot(dependencies, request, pulse)),

    /** See {@link restoreSecrets}. */
    restoreSecrets: (request: BackupPlace): Promise<{ readonly changed: readonly string[] }> =>
      withHeartbeats((pulse) => restoreSecrets(dependencies, request, pulse)),

    /** See {@link compareRestored}. */
    compareRestored: (request: CompareRestoredRequest): Promise<{ readonly objects: number }> =>
      withHeartbeats((pulse) => compareRestored(dependencies, request, pulse)),

    /** See {@link beginDrill}. */
    beginDrill: (request: BeginDrillRequest): Promise<BegunDrill> => beginDrill(dependencies, request),

    /** See {@link lendDrillToken}. */
    lendDrillToken: (request: BackupPlace): Promise<void> =>
      withHeartbeats((pulse) => lendDrillToken(dependencies, request, pulse)),

    /** See {@link compareDrilled}. */
    compareDrilled: (request: CompareDrilledRequest): Promise<{ readonly objects: number }> =>
      withHeartbeats((pulse) => compareDrilled(dependencies, request, pulse)),

    /** See {@link endDrill}. */
    endDrill: (request: EndDrillRequest): Promise<void> => endDrill(dependencies, request),

    completeBackup: async ({
      backupId,
      manifest,
    }: {
      readonly backupId: string;
      readonly manifest: BackupManifest;
    }): Promise<void> => backups.complete(backupId, manifest),

    /** Takes away what a backup that failed left at its destination, and writes down why it failed. */
    discardBackup: ({
      backupId: id,
      detail,
      ...place
    }: BackupPlace & { readonly detail: string }): Promise<void> =>
      withHeartbeats(async ({ signal }) => {
        const record = await backups.get(id);
        // It was written down as complete, and only the answer was lost.
        if (record === undefined || record.state === 'complete') return;
        await removeObjects(
          destinationOf(dependencies, place.destination),
          { clusterUid: place.clusterUid, id },
          signal,
        );
        await backups.failed(id, detail);
      }),

    /**
     * Removes the backups of the cluster at the destination that the rule does not keep, and what runs that were ended
     * by force left there: a cluster takes one backup at a time.
     */
    expireBackups: ({
      backupId,
      clusterUid,
      destination,
      retention,
    }: ExpireBackupsRequest): Promise<{ readonly removed: readonly string[]; readonly kept: number }> =>
      withHeartbeats(async (pulse) => {
        const { signal } = pulse;
        const inState = (state: BackupState): Promise<BackupRecord[]> =>
          backups.list({ clusterUid, destination, state, limit: MOST_BACKUPS });
        for (const left of (await inState('running')).filter(({ id }) => id !== backupId)) {
          await backups.failed(left.id, 'its run was ended by force');
          await removeObjects(destinationOf(dependencies, destination), left, signal);
        }
        for (const left of await inState('removing')) await remove(left, signal);
        const complete = await inState('complete');
        const dated = complete.flatMap(({ id, manifest }) =>
          manifest === null ? [] : [{ id, takenAt: manifest.takenAt }],
        );
        const verdict = judgeRetention(dated, retention ?? defaultRule);
        for (const id of verdict.remove) {
          pulse.say(`removing the backup ${id}`);
          const record = complete.find((one) => one.id === id);
          if (record !== undefined) await remove(record, signal);
        }
        return { removed: verdict.remove, kept: verdict.keep.length };
      }),

    /** @returns false when there is none. @throws `BACKUP_BUSY` while it is being taken. */
    removeBackup: ({ backupId }: { readonly backupId: string }): Promise<{ readonly removed: boolean }> =>
      withHeartbeats(async ({ signal }) => {
        const record = await backups.get(backupId);
        if (record === undefined) return { removed: false };
        await remove(record, signal);
        return { removed: true };
      }),
  };
}
