/** Brings the snapshot of a backup onto a machine, piece by piece: it is never whole in memory. */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { fail } from '../../domain/errors.js';
import type { SshConnection } from '../ssh/connection.js';
import { withGuest, type GuestTarget } from '../ssh/guest-access.js';
import type { Pulse } from '../ssh/heartbeat.js';
import { lastLines } from '../ssh/redaction.js';
import { asStdin, quote, ROOT_SHELL } from '../ssh/root-shell.js';
import type { BackupDependencies } from './dependencies.js';
import { manifestOf, readPart } from './read-part.js';
import type { BackupPlace } from './verify-backup.js';

export interface DeliverSnapshotRequest {
  readonly place: BackupPlace;
  readonly guest: GuestTarget;
  /** Of the file on the machine: root's alone. */
  readonly path: string;
  /** Where there is such a file on the machine, nothing is to be brought any more. */
  readonly unless: string;
}

const PIECE_BYTES = 1024 * 1024;
const PIECE_MS = 120_000;
/** The machine reads back what it got: 8 GiB from a slow disk. */
const HASH_MS = 15 * 60_000;

/** Safe to repeat: a file that is whole is left, any other is written anew. @throws `COMMAND_FAILED`, `BACKUP_*`, `SSH_*` */
export async function deliverSnapshot(
  dependencies: BackupDependencies,
  { place, guest, path, unless }: DeliverSnapshotRequest,
  pulse: Pulse,
): Promise<void> {
  const { store, proxyUrl, sshPort } = dependencies;
  const { signal } = pulse;
  const manifest = await manifestOf(dependencies, place, signal);
  const part = manifest.parts.find(({ name }) => name === 'etcd-snapshot');
  if (part === undefined)
    throw fail('BACKUP_CORRUPT', `the backup ${place.backupId} has no snapshot of etcd`);
  const access = { store, proxyUrl, ...(sshPort === undefined ? {} : { port: sshPort }) };
  await withGuest(access, guest, signal, async (connection) => {
    const run = (script: string, timeoutMs: number) =>
      connection.run(ROOT_SHELL, { stdin: asStdin(script), timeoutMs, signal });
    const isWhole = `sha256sum < ${quote(path)} | grep -q ${quote(`^${part.sha256}`)}`;
    const there = await run(`test -e ${quote(unless)} || { test -f ${quote(path)} && ${isWhole}; }`, HASH_MS);
    if (there.code === 0) return;
    const folder = quote(posix.dirname(path));
    await expectDone(run(`umask 077\nmkdir -p ${folder}\n: > ${quote(path)}`, PIECE_MS));
    let sent = 0;
    const content = readPart(dependencies, { place, manifest, part: 'etcd-snapshot', signal });
    for await (const piece of inPieces(content)) {
      await append(connection, { piece, path, signal });
      sent += piece.length;
      pulse.say(`${Math.floor(sent / PIECE_BYTES)} of ${Math.ceil(part.bytes / PIECE_BYTES)} MiB brought`);
    }
    await expectDone(run(isWhole, HASH_MS));
  });
}

/** A link that dies looks to the machine like the end of the piece: only a piece that is whole is appended. */
const APPEND_SCRIPT = [
  'set -eu',
  'umask 077',
  'cat > "$1.piece"',
  'sha256sum < "$1.piece" | grep -q "^$2"',
  'base64 -d < "$1.piece" >> "$1"',
  'rm -f "$1.piece"',
].join('\n');

async function append(
  connection: SshConnection,
  { piece, path, signal }: { readonly piece: Buffer; readonly path: string; readonly signal: AbortSignal },
): Promise<void> {
  const text = piece.toString('base64');
  const words = [path, createHash('sha256').update(text).digest('hex')].map(quote).join(' ');
  const command = `sudo -n sh -c ${quote(APPEND_SCRIPT)} sh ${words}`;
  await expectDone(connection.run(command, { stdin: text, timeoutMs: PIECE_MS, signal }));
}

async function expectDone(result: ReturnType<SshConnection['run']>): Promise<void> {
  const { code, stderr } = await result;
  if (code === 0) return;
  const reason = lastLines(stderr, { lines: 3, characters: 500 });
  throw fail('COMMAND_FAILED', `the snapshot could not be written: exit code ${code}: ${reason}`);
}

async function* inPieces(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let held = 0;
  for await (const chunk of content) {
    waiting.push(chunk);
    held += chunk.length;
    if (held < PIECE_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    held = 0;
  }
  if (held > 0) yield Buffer.concat(waiting);
}
