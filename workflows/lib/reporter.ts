/** Sends what has changed to whoever wants to know, in order, several changes of one moment in one message. */
import { isCancellation, log } from '@temporalio/workflow';

export class Reporter<T> {
  private pending: T[] = [];
  private dirty = false;
  private sending: Promise<void> | null = null;
  private readonly send: (changes: readonly T[]) => Promise<void>;

  constructor(send: (changes: readonly T[]) => Promise<void>) {
    this.send = send;
  }

  add(change: T): void {
    this.pending.push(change);
    this.touch();
  }

  /** Reports even when no change was added. */
  touch(): void {
    this.dirty = true;
    this.sending ??= this.drain();
  }

  /** Resolves when everything has been said. */
  async settled(): Promise<void> {
    await this.sending;
  }

  private async drain(): Promise<void> {
    // Lets the code that reported go on first: a step that ends and the next that begins are one report.
    await Promise.resolve();
    while (this.dirty) {
      this.dirty = false;
      const changes = this.pending;
      this.pending = [];
      try {
        await this.send(changes);
      } catch (error) {
        // A report that does not arrive must not hurt the work; the receiver may simply be gone.
        if (!isCancellation(error)) log.warn('a progress report did not arrive', { error });
      }
    }
    this.sending = null;
  }
}
