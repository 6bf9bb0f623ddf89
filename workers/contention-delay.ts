/** How long to wait for a lock that others hold: all who wait must not come back at the same moment. */

const FIRST_MS = 1_000;
const MOST_MS = 15_000;

/**
 * As long as the activities' own policy waits, half of it up or down.
 * @param attempt the one that failed, counted from 1.
 * @param random from 0 up to 1.
 * @returns milliseconds.
 */
export function contentionDelayMs(attempt: number, random: () => number = Math.random): number {
  const usual = Math.min(MOST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round(usual * (0.5 + random()));
}
