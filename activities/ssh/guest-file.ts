/** Files on a machine: compared by hash, written as a whole or not at all. */
import { createHash, randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import type { CommandOptions, CommandResult } from './command.js';
import type { SshConnection } from './connection.js';
import { quote } from './root-shell.js';

/** A file with its secrets filled in. */
export interface ResolvedFile {
  readonly path: string;
  readonly mode: string;
  readonly content: string;
}

const SAME = 'same';
const OTHER = 'other';

/** Lines of a script that print a word for each file, in their order, and leave in `$differs` whether any is to be written. */
export function comparisonOf(files: readonly ResolvedFile[]): string {
  const lines = files.map(
    ({ path, content }) =>
      `if test -f ${quote(path)} && sha256sum < ${quote(path)} | grep -q '^${hashOf(content)}'; ` +
      `then echo ${SAME}; else echo ${OTHER}; differs=yes; fi`,
  );
  return ['differs=no', ...lines].join('\n');
}

/** @param printed by {@link comparisonOf}. @returns the files that are not there with just that content. */
export function outdatedOf(files: readonly ResolvedFile[], printed: string): ResolvedFile[] {
  const words = printed.split('\n');
  return files.filter((_file, index) => words[index] !== SAME);
}

/**
 * Writes the file by way of a temporary one beside it, so that nobody ever sees half of it, nor its secrets with too
 * wide a mode. A link that dies looks to `cat` like the end of the file: the hash tells a part from the whole.
 */
export function writeFile(
  connection: Omit<SshConnection, 'stream'>,
  { path, mode, content }: ResolvedFile,
  options: CommandOptions,
): Promise<CommandResult> {
  const folder = posix.dirname(path);
  const temporary = posix.join(folder, `.${posix.basename(path)}.${randomBytes(6).toString('hex')}`);
  const words = [temporary, path, folder, mode, hashOf(content)];
  const command = `sudo -n sh -c ${quote(WRITE_SCRIPT)} sh ${words.map(quote).join(' ')}`;
  return connection.run(command, { ...options, stdin: content });
}

const WRITE_SCRIPT = [
  'set -eu',
  'mkdir -p "$3"',
  'install -m "$4" -o root -g root /dev/null "$1"',
  'if cat > "$1" && sha256sum < "$1" | grep -q "^$5" && mv -f "$1" "$2"; then exit 0; fi',
  'rm -f "$1"',
  'exit 1',
].join('\n');

function hashOf(content: string): string {
  return createHash('sha256').update(content, 'utf8').digest('hex');
}
