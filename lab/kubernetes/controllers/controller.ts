/** A control loop: it hears of changes, and brings one object after the other to where it should be. */
import type { Cluster } from '../cluster.js';
import type { Change } from '../store/event-log.js';

export interface Controller {
  readonly name: string;
  /** Keys of what has to be looked at again because of the change. */
  readonly keys: (change: Change, cluster: Cluster) => Iterable<string>;
  /**
   * Looks at what the key stands for as it is now, which may be gone by now, and writes what is missing.
   * @param again puts a key back into the queue, later too.
   */
  readonly reconcile: (key: string, cluster: Cluster, again: (key: string) => void) => void;
}
