/** The undo of a run: pushed before each act, carried out newest first, in a scope that cannot be cancelled. */
import { CancellationScope } from '@temporalio/workflow';
import { failureOf } from './failure.js';

interface Compensation {
  readonly title: string;
  readonly undo: () => Promise<void>;
}

export class Compensations {
  private readonly stack: Compensation[] = [];

  /** Push before acting: an act that failed may have taken effect all the same, so `undo` has to look first. */
  push(title: string, undo: () => Promise<void>): void {
    this.stack.push({ title, undo });
  }

  /** @returns what could not be undone, one sentence each; the rest is undone all the same. */
  async run(): Promise<string[]> {
    return CancellationScope.nonCancellable(async () => {
      const left: string[] = [];
      for (let next = this.stack.pop(); next !== undefined; next = this.stack.pop()) {
        try {
          await next.undo();
        } catch (error) {
          const { code, detail } = failureOf(error);
          left.push(`${next.title}: ${code}: ${detail}`);
        }
      }
      return left;
    });
  }
}
