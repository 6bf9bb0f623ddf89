/** What a drill of a backup asks of the store, of the cluster's own run, and of the machine that it was restored into. */
import { getClient } from '@temporalio/activity';
import { DRILL_TOKEN, mayBeDrilled, type BackupDrill } from '../../domain/backup/drill.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { fail } from '../../domain/errors.js';
import { workflowIds } from '../../domain/ids.js';
import type { Plan } from '../../domain/plan.js';
import { compareKeys } from '../../domain/restore/compare-keys.js';
import type { BackupRecord } from '../../store/backup-port.js';
import { withGuest, type GuestTarget } from '../ssh/guest-access.js';
import type { Pulse } from '../ssh/heartbeat.js';
import { lastLines } from '../ssh/redaction.js';
import { asStdin, quote, ROOT_SHELL } from '../ssh/root-shell.js';
import { fromBase64 } from './base64-stream.js';
import { missingObjects } from './compare-restored.js';
import type { BackupDependencies } from './dependencies.js';
import { manifestOf, readPart } from './read-part.js';
import { secretsOfBackup } from './restore-secrets.js';
import { snapshotKeys } from './snapshot-keys.js';
import type { BackupPlace } from './verify-backup.js';

export interface BeginDrillRequest {
  readonly cluster: string;
  /** `null`: the newest one that is complete. */
  readonly backupId: string | null;
}

export interface BegunDrill {
  readonly place: BackupPlace;
  readonly definition: ClusterDefinition;
  readonly plan: Plan;
}

/** Of `workflows/messages.ts`: for ever. */
const STATE = 'state';
const STALL_MS = 10 * 60_000;

/** @throws `CLUSTER_NOT_FOUND`, `BACKUP_NOT_FOUND`, `BACKUP_BUSY`, `BACKUP_DRILL_NOT_POSSIBLE` */
export async function beginDrill(
  { store }: Pick<BackupDependencies, 'store'>,
  { cluster, backupId }: BeginDrillRequest,
): Promise<BegunDrill> {
  const record = await store.clusters.get(cluster);
  if (record === undefined || !mayBeDrilled(record.phase)) {
    throw fail('CLUSTER_NOT_FOUND', `there is no cluster "${cluster}", or it is being removed`);
  }
  const { uid: clusterUid } = record;
  const backup =
    backupId === null
      ? (await store.backups.list({ clusterUid, state: 'complete', limit: 1 }))[0]
      : await store.backups.get(backupId);
  if (backup === undefined) throw fail('BACKUP_NOT_FOUND', `cluster "${cluster}" has no complete backup`);
  const { id, destination } = drillable(backup, clusterUid);
  const state = await getClient()
    .workflow.getHandle(workflowIds.cluster(cluster))
    .query<{ definition: ClusterDefinition | null; plan: Plan | null }>(STATE);
  const { definition, plan } = state;
  if (definition === null || plan === null) {
    throw fail('BACKUP_DRILL_NOT_POSSIBLE', `nothing is remembered of the machines of "${cluster}"`);
  }
  await store.backups.drillBegins(id);
  return { place: { backupId: id, clusterUid, destination }, definition, plan };
}

function drillable(backup: BackupRecord, clusterUid: string): BackupRecord {
  const { id, state } = backup;
  if (backup.clusterUid !== clusterUid) {
    const detail = `the backup ${id} is of an earlier cluster of this name`;
    throw fail('BACKUP_DRILL_NOT_POSSIBLE', detail);
  }
  if (state !== 'complete') throw fail('BACKUP_BUSY', `the backup ${id} is ${state}`);
  return backup;
}

/**
 * Puts the token that the snapshot is read with beside that of the cluster, which may be a later one.
 * @throws `BACKUP_CORRUPT`, `BACKUP_KEY_UNKNOWN`, `BACKUP_DESTINATION_*`
 */
export async function lendDrillToken(
  dependencies: BackupDependencies,
  place: BackupPlace,
  { signal }: Pulse,
): Promise<void> {
  const { secrets } = dependencies.store;
  const token = (await secretsOfBackup(dependencies, place, signal)).get('join-token');
  if (token === undefined) throw fail('BACKUP_CORRUPT', 'the records of the backup have no join token');
  await secrets.put(place.clusterUid, DRILL_TOKEN, token);
}

export interface CompareDrilledRequest {
  readonly place: BackupPlace;
  readonly guest: GuestTarget;
  /** Path of the restored database on the machine: nothing writes to it. */
  readonly database: string;
}

/** @returns how many objects were looked for. @throws `RESTORE_INCOMPLETE`, `COMMAND_FAILED`, `BACKUP_CORRUPT` */
export async function compareDrilled(
  dependencies: BackupDependencies,
  { place, guest, database }: CompareDrilledRequest,
  pulse: Pulse,
): Promise<{ readonly objects: number }> {
  const { store, proxyUrl, sshPort } = dependencies;
  const { signal } = pulse;
  const manifest = await manifestOf(dependencies, place, signal);
  const snapshot = await snapshotKeys(() =>
    readPart(dependencies, { place, manifest, part: 'etcd-snapshot', signal }),
  );
  pulse.say(`the snapshot holds ${snapshot.size} keys`);
  const access = { store, proxyUrl, ...(sshPort === undefined ? {} : { port: sshPort }) };
  const restored = await withGuest(access, guest, signal, (connection) =>
    snapshotKeys(() =>
      fromBase64(
        connection.stream(ROOT_SHELL, {
          ...{ stdin: asStdin(`base64 -w 0 ${quote(database)}`), signal, stallMs: STALL_MS },
          failure: (code, stderr) => {
            const reason = lastLines(stderr, { lines: 3, characters: 500 });
            return fail('COMMAND_FAILED', `${database} cannot be read: exit code ${code}: ${reason}`);
          },
        }),
      ),
    ),
  );
  const { expected, missing } = compareKeys(snapshot, restored);
  if (missing.length > 0) throw missingObjects(missing, expected);
  return { objects: expected };
}

export interface EndDrillRequest {
  readonly place: Pick<BackupPlace, 'backupId' | 'clusterUid'>;
  readonly outcome: Pick<BackupDrill, 'objects' | 'detail'> & { readonly state: 'passed' | 'failed' };
}

/** Keeps what came of it with the backup, and takes the lent token away. */
export async function endDrill(
  { store }: Pick<BackupDependencies, 'store'>,
  { place, outcome }: EndDrillRequest,
): Promise<void> {
  await store.secrets.replace(place.clusterUid, { [DRILL_TOKEN]: null });
  await store.backups.drillEnds(place.backupId, outcome);
}
