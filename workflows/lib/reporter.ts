/** Sends what has changed to whoever wants to know, in order, several changes of one moment in one message. */
import { isCancellation, log } from '@temporalio/workflow';

/**
 * Between a step that ends and the next that begins lie only promises that are settled already, each of which takes a
 * turn: many fewer than these.
 */
const TURNS_OF_A_MOMENT = 50;

export class Reporter<T> {
  private pending: T[] = [];
  private dirty = false;
  private sending: Promise<void> | null = null;
  private readonly send: (changes: readonly T[]) => Promise<void>;
  private readonly gathers: boolean;

  /** @param gathers all of one moment is one report; otherwise what is reported last of it often is another one. */
  constructor(send: (changes: readonly T[]) => Promise<void>, gathers = false) {
    this.send = send;
    this.gathers = gathers;
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
      if (this.gathers) await momentIsOver();
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

async function momentIsOver(): Promise<void> {
  for (let turn = 0; turn < TURNS_OF_A_MOMENT; turn += 1) await Promise.resolve();
}
