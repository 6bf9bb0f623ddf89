/** Reads a file of a machine, for other activities: it may be secret, so it is no activity's result itself. */
import { fail } from '../../domain/errors.js';
import { withGuest, type GuestAccessOptions, type GuestTarget } from './guest-access.js';
import { lastLines } from './redaction.js';
import { quote } from './root-shell.js';

const READ_TIMEOUT_MS = 30_000;

/**
 * @returns the content, UTF-8.
 * @throws `COMMAND_FAILED` when there is no such file or it is longer than `maxBytes`, and what {@link withGuest} throws.
 */
export function readGuestFile(
  access: GuestAccessOptions,
  request: GuestTarget & { readonly path: string; readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<string> {
  const { path, maxBytes, address, signal } = request;
  return withGuest(access, request, signal, async (connection) => {
    const result = await connection.run(`sudo -n cat ${quote(path)}`, {
      timeoutMs: READ_TIMEOUT_MS,
      signal,
      outputLimitBytes: maxBytes,
    });
    if (result.code !== 0) {
      const reason = lastLines(result.stderr, { lines: 3, characters: 500 });
      throw fail('COMMAND_FAILED', `${path} on ${address} cannot be read: ${reason}`);
    }
    if (result.isTruncated) {
      throw fail('COMMAND_FAILED', `${path} on ${address} is longer than ${maxBytes} bytes`);
    }
    return result.stdout;
  });
}
