/** The port of the store for permits. */

/**
 * Limits how much goes on at once for each key, over all processes that share the store. Waiting is fair: of those that
 * wait for a key, the owner that holds it least often goes first, then the one that was served longest ago, then its
 * request of the lowest rank, then who came first. The permits of a process that died are free again after half a minute.
 */
export interface Permits {
  /**
   * Runs `work` while holding all keys: they are taken at once, so two that want the same two keys cannot wait for one
   * another.
   * @throws the signal's reason when it is aborted while waiting, `STORE_UNAVAILABLE` before the work begins.
   */
  run<T>(limits: readonly PermitLimit[], work: () => Promise<T>, options: PermitOptions): Promise<T>;
  /** What this process holds and waits for, of each key that it has anything to do with. */
  usage(): readonly PermitUsage[];
}

export interface PermitLimit {
  /** Such as `allocations:local-zfs`: what is limited, then which one. */
  readonly key: string;
  /** How many may hold the key at once. */
  readonly most: number;
}

export interface PermitOptions {
  /** Between whom it is shared fairly: the uid of the cluster. */
  readonly owner: string;
  /** Among what the owner asks for: the lowest goes first; 0 unless given. A whole number. */
  readonly rank?: number;
  /** Ends the waiting, not the work. */
  readonly signal?: AbortSignal | undefined;
  /** Told which full key is waited for, and how many requests for it come first; again when that changes. Never throws. */
  readonly onWait?: (key: string, ahead: number) => void;
}

export interface PermitUsage {
  readonly key: string;
  readonly held: number;
  readonly waiting: number;
}
