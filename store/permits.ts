/** Permits of this process, among those of all that share the store. */
import { randomUUID } from 'node:crypto';
import { fail } from '../domain/errors.js';
import { permitTable, type OwnPermit, type PermitTable } from './permit-table.js';
import type { Permits, PermitLimit, PermitOptions, PermitUsage } from './permit-port.js';
import type { StoreDatabase } from './tables.js';

/** How often it is looked, while anything is waited for, whether another process gave way; with a spread. */
const LOOK_EVERY_MS = 150;
const LOOK_SPREAD_MS = 100;
/** How often the others are told that this process lives, while it holds or waits for anything. */
const ALIVE_EVERY_MS = 5_000;

interface Request {
  readonly permit: Omit<OwnPermit, 'state'>;
  state: OwnPermit['state'];
  readonly options: PermitOptions;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** The place that was told last. */
  told: string;
}

export interface OpenPermits extends Permits {
  /** Gives everything up and stops looking. */
  close(): Promise<void>;
}

export function openPermits(db: StoreDatabase, now: () => Date): OpenPermits {
  return new ProcessPermits(permitTable(db, randomUUID(), now));
}

/** What happens in the same moment is written in one transaction, so fifty machines at once cost as much as one. */
class ProcessPermits implements OpenPermits {
  private readonly table: PermitTable;
  private readonly requests = new Map<string, Request>();
  private requested = new Set<string>();
  private released = new Set<string>();
  private writing: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private aliveAt = 0;
  private isClosed = false;

  constructor(table: PermitTable) {
    this.table = table;
  }

  async run<T>(limits: readonly PermitLimit[], work: () => Promise<T>, options: PermitOptions): Promise<T> {
    options.signal?.throwIfAborted();
    if (limits.length === 0) return work();
    const id = await this.acquire(limits, options);
    try {
      return await work();
    } finally {
      this.release(id);
    }
  }

  usage(): PermitUsage[] {
    const usage = new Map<string, { held: number; waiting: number }>();
    for (const { permit, state } of this.requests.values()) {
      for (const { key } of permit.limits) {
        const entry = usage.get(key) ?? { held: 0, waiting: 0 };
        entry[state] += 1;
        usage.set(key, entry);
      }
    }
    return [...usage].map(([key, entry]) => ({ key, ...entry }));
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.writing;
    for (const { state, reject } of this.requests.values()) {
      if (state === 'waiting') reject(fail('STORE_UNAVAILABLE', 'the store was closed'));
    }
    try {
      await this.table.leave();
    } catch {
      // The others find out by themselves that this process is gone.
    }
  }

  private acquire(limits: readonly PermitLimit[], options: PermitOptions): Promise<string> {
    const id = randomUUID();
    const { owner, rank = 0, signal } = options;
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.release(id);
        reject(signal?.reason as Error);
      };
      const settled = (): void => signal?.removeEventListener('abort', abort);
      signal?.addEventListener('abort', abort, { once: true });
      this.requests.set(id, {
        permit: { id, owner, rank, limits },
        state: 'waiting',
        options,
        resolve: () => {
          settled();
          resolve(id);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
        told: '',
      });
      this.requested.add(id);
      void this.write();
    });
  }

  private release(id: string): void {
    this.requests.delete(id);
    // One that was never written needs no removal.
    if (!this.requested.delete(id)) this.released.add(id);
    void this.write();
  }

  /** Writes what has gathered, and then what has gathered meanwhile. Never rejects. */
  private async write(): Promise<void> {
    if (this.isClosed) return;
    this.writing ??= this.writeAll();
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    for (let isDone = false; !isDone;) {
      // Whatever else happens in this turn of the event loop comes along.
      await new Promise((resolve) => setImmediate(resolve));
      const isWritten = await this.writeOnce();
      isDone = !isWritten || this.isClosed || this.requested.size + this.released.size === 0;
    }
    // In the same moment in which nothing was left: what comes now begins anew.
    this.writing = null;
    this.plan();
  }

  /** @returns false when the store failed: what was to be released is released with the next sign of life. */
  private async writeOnce(): Promise<boolean> {
    const [requested, released] = [this.requested, this.released];
    [this.requested, this.released] = [new Set(), new Set()];
    const own = [...this.requests.values()].map(({ permit, state }) => ({ ...permit, state }));
    try {
      const standing = await this.table.apply({
        own,
        requested: own.filter(({ id }) => requested.has(id)),
        released: [...released],
      });
      this.aliveAt = performance.now();
      for (const id of standing.held) this.admit(id);
      for (const [id, place] of standing.waiting) this.tell(id, place);
      return true;
    } catch (error) {
      for (const id of released) this.released.add(id);
      for (const id of requested) {
        // It may have been written all the same.
        this.released.add(id);
        this.requests.get(id)?.reject(error);
        this.requests.delete(id);
      }
      return false;
    }
  }

  private tell(id: string, { key, ahead }: { readonly key: string; readonly ahead: number }): void {
    const request = this.requests.get(id);
    const place = `${key} ${ahead}`;
    if (request === undefined || request.told === place) return;
    request.told = place;
    request.options.onWait?.(key, ahead);
  }

  private admit(id: string): void {
    const request = this.requests.get(id);
    if (request?.state !== 'waiting') return;
    request.state = 'held';
    request.resolve();
  }

  private plan(): void {
    clearTimeout(this.timer);
    if (this.isClosed || this.requests.size + this.released.size === 0) return;
    const wait = this.isWaiting() ? LOOK_EVERY_MS + Math.random() * LOOK_SPREAD_MS : ALIVE_EVERY_MS;
    this.timer = setTimeout(() => void this.tick(), wait);
  }

  private isWaiting(): boolean {
    return [...this.requests.values()].some(({ state }) => state === 'waiting');
  }

  private async tick(): Promise<void> {
    if (this.writing !== null) return;
    if (performance.now() - this.aliveAt >= ALIVE_EVERY_MS - LOOK_EVERY_MS) return this.write();
    try {
      const { held, hasDead } = await this.table.look();
      for (const id of held) this.admit(id);
      if (hasDead) return await this.write();
    } catch {
      // The store does not answer: the next look may.
    }
    return this.plan();
  }
}
