/** Takes what a backup needs from one control-plane machine, by the means of its distribution. */
import { NO_ETCD, snapshotSource, type SnapshotSource } from '../../domain/backup/snapshot-source.js';
import type { ClusterType } from '../../domain/cluster-definition.js';
import { fail } from '../../domain/errors.js';
import type { SshConnection } from '../ssh/connection.js';
import { withGuest } from '../ssh/guest-access.js';
import { lastLines } from '../ssh/redaction.js';
import { asStdin, ROOT_SHELL } from '../ssh/root-shell.js';
import { talosMachine } from '../talos/access.js';
import { TalosCallError, talosError } from '../talos/api/call-error.js';
import { METHODS } from '../talos/api/methods.js';
import { fromBase64 } from './base64-stream.js';
import type { ControlPlaneMachine } from './control-plane.js';
import type { BackupDependencies } from './dependencies.js';
import { fromGateway } from './gateway-snapshot.js';
import { proved } from './snapshot-proof.js';

/** etcd reads its whole database before the first byte comes: 8 GiB from a slow disk. */
const STALL_MS = 10 * 60_000;
const CLEAN_UP_MS = 60_000;

export interface SnapshotParts {
  /** Proves itself: see {@link proved}. To be read to its end before the files are asked for. */
  snapshot(): AsyncIterable<Buffer>;
  /** `null`: the machine has no files that belong to a backup. */
  readonly files: (() => AsyncIterable<Buffer>) | null;
}

export interface SnapshotRequest {
  readonly type: ClusterType;
  readonly backupId: string;
  readonly machine: ControlPlaneMachine;
  readonly signal: AbortSignal;
}

/**
 * Lets `use` read the parts. Nothing of them is left on the machine afterwards, unless the link to it dies.
 * @throws `BACKUP_NOT_POSSIBLE`, `BACKUP_SNAPSHOT_FAILED`, and what `withGuest` and the Talos API throw.
 */
export async function withSnapshot<T>(
  dependencies: BackupDependencies,
  request: SnapshotRequest,
  use: (parts: SnapshotParts) => Promise<T>,
): Promise<T> {
  const source = snapshotSource(request.type, request.backupId);
  return source.kind === 'talos'
    ? overTalos(dependencies, request, use)
    : overSsh(dependencies, request, source, use);
}

async function overSsh<T>(
  { store, proxyUrl, sshPort }: BackupDependencies,
  { machine, signal }: SnapshotRequest,
  source: Extract<SnapshotSource, { readonly kind: 'shell' }>,
  use: (parts: SnapshotParts) => Promise<T>,
): Promise<T> {
  const access = { store, proxyUrl, ...(sshPort === undefined ? {} : { port: sshPort }) };
  return withGuest(access, machine, signal, async (connection) => {
    const output = (script: string): AsyncIterable<Buffer> =>
      connection.stream(ROOT_SHELL, {
        ...{ stdin: asStdin(script), signal, stallMs: STALL_MS },
        failure: (code, stderr) => scriptFailed(machine.name, code, stderr),
      });
    const snapshot = (): AsyncIterable<Buffer> => {
      const raw = output(source.snapshot);
      return proved(source.encoding === 'gateway' ? fromGateway(raw) : fromBase64(raw));
    };
    try {
      return await use({ snapshot, files: () => fromBase64(output(source.files)) });
    } finally {
      await cleanUp(connection, source.cleanUp);
    }
  });
}

/** Also of a run that is being cancelled; what it cannot take away, the next attempt on the machine does. */
async function cleanUp(connection: SshConnection, script: string): Promise<void> {
  const how = { stdin: asStdin(script), timeoutMs: CLEAN_UP_MS, signal: AbortSignal.timeout(CLEAN_UP_MS) };
  await connection.run(ROOT_SHELL, how).catch(() => undefined);
}

function scriptFailed(machine: string, code: number, stderr: string): Error {
  if (code === NO_ETCD) {
    return fail(
      'BACKUP_NOT_POSSIBLE',
      `${machine} has no etcd: its cluster keeps its state in another datastore`,
    );
  }
  const reason = lastLines(stderr, { lines: 3, characters: 500 });
  return fail('BACKUP_SNAPSHOT_FAILED', `a script on ${machine} ended with the code ${code}: ${reason}`);
}

async function overTalos<T>(
  { store, proxyUrl, talosPort }: BackupDependencies,
  { machine, signal }: SnapshotRequest,
  use: (parts: SnapshotParts) => Promise<T>,
): Promise<T> {
  const access = { store, proxyUrl, ...(talosPort === undefined ? {} : { port: talosPort }) };
  const talos = await talosMachine(access, machine, signal);
  try {
    return await talos.asMember((connection) => {
      async function* bytes(): AsyncGenerator<Buffer> {
        const options = { stallMs: STALL_MS };
        for await (const piece of connection.stream(METHODS.etcdSnapshot, {}, options)) yield piece.bytes;
      }
      // Its authorities are in the vault: see `talos-secrets`.
      return use({ snapshot: () => proved(bytes()), files: null });
    });
  } catch (error) {
    if (!(error instanceof TalosCallError)) throw error;
    throw talosError(error, talos.endpoint, talos.redact);
  }
}
