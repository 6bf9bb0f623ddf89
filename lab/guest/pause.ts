/** The lab's time for what waits by itself: restarts of services, retries, grace periods. */

/** Below this a service that fails at once would be started again without end and without a break. */
const SHORTEST_MS = 20;

/** @returns a function that lets time pass; it rejects with the reason of the signal when that is aborted. */
export function pauser(
  timeScale: number,
): (ms: number, signal: AbortSignal, atLeastMs?: number) => Promise<void> {
  return (ms, signal, atLeastMs = SHORTEST_MS) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const timer = setTimeout(
        () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
        Math.max(SHORTEST_MS, atLeastMs, ms * timeScale),
      );
      signal.addEventListener('abort', onAbort, { once: true });
    });
}
