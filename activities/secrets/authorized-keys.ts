/** Which keys a machine lets in: lines of `authorized_keys` (sshd(8)), added and taken away one by one. */
import { fail } from '../../domain/errors.js';
import type { SshConnection } from '../ssh/connection.js';
import { lastLines } from '../ssh/redaction.js';
import { asStdin, ROOT_SHELL } from '../ssh/root-shell.js';

/** Of whoever logs in: the file is and stays that user's. */
const USER_SHELL = 'sh -s';
const TIMEOUT_MS = 30_000;

/** Those of others stay. @param line of OpenSSH's public key format. @throws `COMMAND_FAILED` */
export async function addKey(connection: SshConnection, line: string, signal: AbortSignal): Promise<void> {
  await run(connection, USER_SHELL, addition(line), signal);
}

/**
 * Also where cloud-init has put it for root. Nothing is changed where the key that stays is not there.
 * @throws `COMMAND_FAILED`
 */
export async function removeKey(
  connection: SshConnection,
  { removed, staying }: { readonly removed: string; readonly staying: string },
  signal: AbortSignal,
): Promise<void> {
  await run(connection, USER_SHELL, removal('"$HOME/.ssh/authorized_keys"', removed, staying), signal);
  await run(connection, ROOT_SHELL, removal('/root/.ssh/authorized_keys', removed, null), signal);
}

/** The file is replaced as a whole: a login meanwhile finds the old one or the new one. */
function addition(line: string): string {
  const blob = blobOf(line);
  return [
    'umask 077',
    'file="$HOME/.ssh/authorized_keys"',
    `if ! grep -qF '${blob}' "$file"; then`,
    // The last line of what is there may not be ended.
    `  { cat "$file"; printf '\\n%s\\n' '${line}'; } > "$file.new"`,
    '  mv -f "$file.new" "$file"',
    'fi',
    `grep -qF '${blob}' "$file"`,
  ].join('\n');
}

function removal(file: string, removed: string, staying: string | null): string {
  return [
    'umask 077',
    `file=${file}`,
    `if test -e "$file" && grep -qF '${blobOf(removed)}' "$file"; then`,
    // It ends with 1 where nothing is left.
    `  grep -vF '${blobOf(removed)}' "$file" > "$file.new" || test $? -eq 1`,
    ...(staying === null ? [] : [`  grep -qF '${blobOf(staying)}' "$file.new"`]),
    '  mv -f "$file.new" "$file"',
    'fi',
    `if test -e "$file" && grep -qF '${blobOf(removed)}' "$file"; then exit 1; fi`,
  ].join('\n');
}

/** What tells a key, without its type and its comment: Base64, which no shell takes for anything else. */
function blobOf(line: string): string {
  const blob = /^\S+ ([A-Za-z0-9+/=]+)/.exec(line)?.[1];
  if (blob === undefined) throw fail('SECRET_UNREADABLE', 'a public key is none');
  return blob;
}

async function run(
  connection: SshConnection,
  shell: string,
  script: string,
  signal: AbortSignal,
): Promise<void> {
  const { code, stderr } = await connection.run(shell, {
    stdin: asStdin(script),
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  if (code === 0) return;
  const reason = lastLines(stderr, { lines: 3, characters: 300 });
  throw fail('COMMAND_FAILED', `the authorized keys cannot be changed: ${reason || `exit code ${code}`}`);
}
