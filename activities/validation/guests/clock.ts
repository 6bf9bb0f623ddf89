/** How far the clock of a machine is from ours. */
import type { SshConnection } from '../../ssh/connection.js';

const TIMEOUT_MS = 15_000;

/**
 * The machine's clock was read somewhere between question and answer: only what lies outside of that is a difference.
 * @returns milliseconds, positive when it is ahead; `null` when it tells none.
 */
export async function clockOffset(
  connection: SshConnection,
  signal: AbortSignal,
  now: () => number = Date.now,
): Promise<number | null> {
  const before = now();
  const { stdout, code } = await connection.run("date '+%s %N'", { timeoutMs: TIMEOUT_MS, signal });
  const after = now();
  const [seconds, nanoseconds = ''] = stdout.trim().split(' ');
  if (code !== 0 || !/^\d+$/.test(seconds ?? '')) return null;
  // Small systems know no nanoseconds: then it was read at some moment of that second.
  const isExact = /^\d{9}$/.test(nanoseconds);
  const earliest = Number(seconds) * 1_000 + (isExact ? Number(nanoseconds) / 1e6 : 0);
  const latest = earliest + (isExact ? 0 : 1_000);
  if (earliest > after) return Math.round(earliest - after);
  return latest < before ? Math.round(latest - before) : 0;
}
