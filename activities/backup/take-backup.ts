/** Takes a backup: streamed from a machine through hashing and encryption to its destination, never whole in memory. */
import { MANIFEST_FORMAT, partContext, partKey } from '../../domain/backup/manifest.js';
import type { BackupManifest, BackupPart, BackupPartName } from '../../domain/backup/manifest.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { ClusterwrightError, fail, type ErrorCode } from '../../domain/errors.js';
import { keyIdOf } from '../../store/seal.js';
import type { Pulse } from '../ssh/heartbeat.js';
import { clusterRecordsOf } from './cluster-records.js';
import { controlPlaneMachines, type ControlPlaneMachine } from './control-plane.js';
import { destinationOf, type BackupDependencies } from './dependencies.js';
import type { BackupDestination } from './destinations/destination.js';
import { getManifest, putManifest } from './manifest-file.js';
import { measured } from './measured.js';
import { sealStream } from './sealed-stream.js';
import { withSnapshot, type SnapshotParts } from './snapshot-taker.js';

export interface TakeBackupRequest {
  readonly backupId: string;
  readonly clusterUid: string;
  readonly definition: ClusterDefinition;
  readonly destination: string;
}

/** What says something about one machine only: another one is asked then. */
const OF_MACHINE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['SSH_UNREACHABLE', 'SSH_OUTCOME_UNKNOWN', 'SSH_UNAUTHENTICATED', 'SSH_HOST_KEY_CHANGED'] as const),
  ...(['COMMAND_FAILED', 'TALOS_UNREACHABLE', 'TALOS_FAILED', 'BACKUP_SNAPSHOT_FAILED'] as const),
]);

const MIB = 1024 * 1024;

/**
 * Safe to repeat: a backup that is there already is the answer; what an attempt before left is written over.
 * @throws `BACKUP_SNAPSHOT_FAILED` with what each machine said, `BACKUP_NOT_POSSIBLE`, `BACKUP_DESTINATION_*`
 */
export async function takeBackup(
  dependencies: BackupDependencies,
  request: TakeBackupRequest,
  pulse: Pulse,
): Promise<BackupManifest> {
  const { store, masterKey } = dependencies;
  const { backupId: id, clusterUid } = request;
  const destination = destinationOf(dependencies, request.destination);
  const access = { destination, masterKey, signal: pulse.signal };
  const there = await getManifest({ clusterUid, id }, access);
  if (there !== undefined) return there;

  const objections: string[] = [];
  for (const machine of await controlPlaneMachines(store, request)) {
    try {
      const manifest = await takeFrom(machine, { dependencies, request, destination, pulse });
      await putManifest(manifest, access);
      return manifest;
    } catch (error) {
      if (!(error instanceof ClusterwrightError) || !OF_MACHINE.has(error.code)) throw error;
      objections.push(`${machine.name}: ${error.message}`);
      pulse.say(objections.join('; '));
    }
  }
  throw fail('BACKUP_SNAPSHOT_FAILED', objections.join('; '));
}

interface Taking {
  readonly dependencies: BackupDependencies;
  readonly request: TakeBackupRequest;
  readonly destination: BackupDestination;
  readonly pulse: Pulse;
}

async function takeFrom(machine: ControlPlaneMachine, taking: Taking): Promise<BackupManifest> {
  const { dependencies, request, pulse } = taking;
  const { store, masterKey } = dependencies;
  const { backupId, clusterUid, definition } = request;
  const { type, version } = definition;
  const takenAt = new Date().toISOString();
  const taken = await withSnapshot(
    dependencies,
    { type, backupId, machine, signal: pulse.signal },
    async (parts: SnapshotParts): Promise<BackupPart[]> => {
      const snapshot = await putPart('etcd-snapshot', parts.snapshot(), machine, taking);
      if (parts.files === null) return [snapshot];
      return [snapshot, await putPart('machine-files', parts.files(), machine, taking)];
    },
  );
  const records = await clusterRecordsOf(store, { clusterUid, definition });
  const last = await putPart('records', textStream(records), machine, taking);
  return {
    format: MANIFEST_FORMAT,
    ...{ id: backupId, clusterUid, cluster: definition.name, type, version, takenAt },
    machine: machine.name,
    encryption: { algorithm: 'AES-256-GCM', keyId: keyIdOf(masterKey) },
    parts: [...taken, last],
  };
}

async function putPart(
  name: BackupPartName,
  content: AsyncIterable<Buffer>,
  machine: ControlPlaneMachine,
  { dependencies: { masterKey }, request: { backupId: id, clusterUid }, destination, pulse }: Taking,
): Promise<BackupPart> {
  const backup = { clusterUid, id };
  let said = -1;
  const plain = measured(content, (bytes) => {
    const mebibytes = Math.floor(bytes / MIB);
    if (mebibytes === said) return;
    said = mebibytes;
    pulse.say(`${name} of ${machine.name}: ${mebibytes} MiB sent`);
  });
  const context = partContext(backup, name);
  const stored = measured(sealStream(plain.stream, { masterKey, context }));
  await destination.put(partKey(backup, name), stored.stream, pulse.signal);
  const [whole, object] = [plain.result(), stored.result()];
  return { name, ...whole, storedBytes: object.bytes, storedSha256: object.sha256 };
}

async function* textStream(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text, 'utf8');
}
