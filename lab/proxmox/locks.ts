/** The locks of Proxmox VE: on configuration files and storages, shared or exclusive, given up after a while. */
import { setTimeout as pause } from 'node:timers/promises';
import { ApiError } from './api-error.js';

export interface LockRequest {
  readonly name: string;
  readonly shared?: boolean;
  readonly timeoutMs: number;
  /** Nobody queues for such a lock: who does not get it tries again after this long, and the first to try has it. */
  readonly pollMs?: number;
  /** What the caller is told when the lock was not to be had in time. */
  readonly timeoutMessage: string;
  /** Gives up waiting. */
  readonly signal: AbortSignal;
}

interface Waiter {
  readonly shared: boolean;
  readonly grant: () => void;
}

interface Lock {
  holders: number;
  exclusive: boolean;
  waiters: Waiter[];
}

export class Locks {
  private readonly locks = new Map<string, Lock>();

  /** Runs `code` while holding the lock. @throws ApiError with the timeout message. */
  async run<T>(request: LockRequest, code: () => Promise<T>): Promise<T> {
    if (request.pollMs === undefined) await this.acquire(request);
    else await this.poll(request, request.pollMs);
    try {
      return await code();
    } finally {
      this.release(request.name);
    }
  }

  private async poll(request: LockRequest, pollMs: number): Promise<void> {
    const { name, signal, timeoutMs, timeoutMessage } = request;
    const deadline = performance.now() + timeoutMs;
    while (this.locks.has(name)) {
      // One that could not try again in time does not sleep before it gives up.
      if (performance.now() + pollMs >= deadline) throw new ApiError(500, timeoutMessage);
      await pause(pollMs, undefined, { signal }).catch(() => {});
      signal.throwIfAborted();
    }
    this.locks.set(name, { holders: 1, exclusive: true, waiters: [] });
  }

  private acquire(request: LockRequest): Promise<void> {
    const shared = request.shared ?? false;
    const lock = this.locks.get(request.name) ?? { holders: 0, exclusive: false, waiters: [] };
    this.locks.set(request.name, lock);
    return new Promise((resolve, reject) => {
      const leave = (reason: Error): void => {
        stopWaiting();
        lock.waiters = lock.waiters.filter((other) => other !== waiter);
        this.admit(lock);
        reject(reason);
      };
      const abort = (): void => leave(request.signal.reason as Error);
      const timer = setTimeout(() => leave(new ApiError(500, request.timeoutMessage)), request.timeoutMs);
      const stopWaiting = (): void => {
        clearTimeout(timer);
        request.signal.removeEventListener('abort', abort);
      };
      const waiter: Waiter = {
        shared,
        grant: () => {
          stopWaiting();
          resolve();
        },
      };
      request.signal.addEventListener('abort', abort, { once: true });
      lock.waiters.push(waiter);
      if (request.signal.aborted) abort();
      else this.admit(lock);
    });
  }

  private release(name: string): void {
    const lock = this.locks.get(name);
    if (lock === undefined) return;
    lock.holders -= 1;
    lock.exclusive = false;
    this.admit(lock);
    if (lock.holders === 0 && lock.waiters.length === 0) this.locks.delete(name);
  }

  /** First come, first served: a waiting writer keeps later readers behind it. */
  private admit(lock: Lock): void {
    for (;;) {
      const next = lock.waiters[0];
      if (next === undefined || lock.exclusive || (!next.shared && lock.holders > 0)) return;
      lock.waiters.shift();
      lock.holders += 1;
      lock.exclusive = !next.shared;
      next.grant();
    }
  }
}
