/** What containerd runs on one machine: it goes on when the kubelet that had it started stops, and ends with the power. */
import { randomBytes } from 'node:crypto';

export interface Container {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
}

interface Running extends Container {
  readonly end: () => void;
}

const ID_BYTES = 32;

export class Containers {
  private readonly running = new Map<string, Running>();
  private readonly watchers = new Set<() => void>();

  /** @param end what is to be done when it ends, however that comes. */
  start(name: string, end: () => void): void {
    const id = randomBytes(ID_BYTES).toString('hex');
    this.running.set(id, { id, name, end });
  }

  list(): readonly Container[] {
    return [...this.running.values()].map(({ id, name }) => ({ id, name }));
  }

  /** As an administrator does it: whoever keeps it up hears of that. @returns false where there is none with this id. */
  stop(id: string): boolean {
    if (!this.end(id)) return false;
    for (const watcher of this.watchers) watcher();
    return true;
  }

  endAll(): void {
    for (const id of [...this.running.keys()].toReversed()) this.end(id);
  }

  /** The next time that somebody stops one. Rejects with the signal's reason. */
  whenStopped(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.watchers.delete(settle);
        signal.removeEventListener('abort', settle);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      this.watchers.add(settle);
      signal.addEventListener('abort', settle, { once: true });
      if (signal.aborted) settle();
    });
  }

  private end(id: string): boolean {
    const container = this.running.get(id);
    this.running.delete(id);
    container?.end();
    return container !== undefined;
  }
}
