/** Limits how much goes on at once in this process for each key, first come, first served. See the store's permits for more. */

export interface Limit {
  readonly key: string;
  /** How many may hold the key at once. */
  readonly most: number;
}

interface Waiter {
  readonly admit: () => void;
}

interface Gate {
  holders: number;
  readonly waiters: Waiter[];
}

export class Limiter {
  private readonly gates = new Map<string, Gate>();

  /**
   * Runs `work` while holding all keys.
   * @param onWait called for each key that has to be waited for.
   * @throws the signal's reason when it is aborted while waiting.
   */
  async run<T>(
    limits: readonly Limit[],
    work: () => Promise<T>,
    options: { readonly signal?: AbortSignal | undefined; readonly onWait?: (key: string) => void } = {},
  ): Promise<T> {
    // In one order for everybody: two that want the same two keys cannot wait for one another.
    const ordered = limits.toSorted((one, other) => (one.key < other.key ? -1 : 1));
    const held: string[] = [];
    try {
      for (const limit of ordered) {
        await this.acquire(limit, options);
        held.push(limit.key);
      }
      return await work();
    } finally {
      for (const key of held.toReversed()) this.release(key);
    }
  }

  /** How many wait for the key. */
  waiting(key: string): number {
    return this.gates.get(key)?.waiters.length ?? 0;
  }

  private async acquire(
    { key, most }: Limit,
    {
      signal,
      onWait,
    }: { readonly signal?: AbortSignal | undefined; readonly onWait?: (key: string) => void },
  ): Promise<void> {
    signal?.throwIfAborted();
    const gate = this.gates.get(key) ?? { holders: 0, waiters: [] };
    this.gates.set(key, gate);
    if (gate.holders < most && gate.waiters.length === 0) {
      gate.holders += 1;
      return;
    }
    onWait?.(key);
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        gate.waiters.splice(gate.waiters.indexOf(waiter), 1);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        admit: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      gate.waiters.push(waiter);
    });
  }

  /** The place goes to whoever has waited longest, so that nobody can step in between. */
  private release(key: string): void {
    const gate = this.gates.get(key);
    if (gate === undefined) return;
    const next = gate.waiters.shift();
    if (next !== undefined) {
      next.admit();
      return;
    }
    gate.holders -= 1;
    if (gate.holders === 0) this.gates.delete(key);
  }
}
