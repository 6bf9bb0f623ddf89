/** Waits for a database that another connection is writing to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy, storeFailure } from './store-failure.js';

/** Far longer than any transaction of ours takes: past it the holder of the lock hangs. */
const PATIENCE_MS = 10_000;
const SHORTEST_PAUSE_MS = 2;
const PAUSE_SPREAD_MS = 10;

/**
 * Runs it again while it is refused with SQLITE_BUSY; a statement that is refused so has changed nothing.
 * The wait is not left to SQLite, which would hold up the event loop, and with it a holder in the same process.
 * @throws `STORE_UNAVAILABLE`
 */
export async function whenFree<T>(run: () => T | Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw storeFailure(error);
      await sleep(SHORTEST_PAUSE_MS + Math.random() * PAUSE_SPREAD_MS);
    }
  }
}
