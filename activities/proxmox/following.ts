/** Goes after a VM that is moved between looking and acting. */
import { isMissingConfig } from './errors.js';

/** A VM that moves more often than this within one attempt is left to the next one. */
const MOST_MOVES = 3;

/**
 * Runs the work of an activity, which begins with a look at where its VM is, and once more for each time that the VM
 * was moved between looking and acting.
 */
export async function following<T>(work: () => Promise<T>): Promise<T> {
  for (let moves = 0; ; moves += 1) {
    try {
      return await work();
    } catch (error) {
      if (moves === MOST_MOVES || !isMissingConfig(error)) throw error;
    }
  }
}
