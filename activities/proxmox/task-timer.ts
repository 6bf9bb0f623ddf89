/** How long tasks take: from the answer that names one until it is seen to have ended. */
import type { ObservedTask } from './client-observer.js';
import type { TaskStatus } from './records.js';

/** Whose end nobody waited for is forgotten at some time. */
const MOST_TASKS = 1_000;

export class TaskTimer {
  private readonly startedAt = new Map<string, number>();
  private readonly tell: (task: ObservedTask) => void;

  constructor(tell: (task: ObservedTask) => void) {
    this.tell = tell;
  }

  /** @param answer of any call: only that of one that starts a task is a UPID. */
  answered(answer: unknown): void {
    if (typeof answer !== 'string' || !answer.startsWith('UPID:')) return;
    this.startedAt.set(answer, performance.now());
    const [oldest] = this.startedAt.keys();
    if (this.startedAt.size > MOST_TASKS && oldest !== undefined) this.startedAt.delete(oldest);
  }

  /** Counts each task once, and none that another process started. */
  seen(upid: string, { status, exitstatus = '' }: TaskStatus): void {
    const startedAt = this.startedAt.get(upid);
    if (status !== 'stopped' || startedAt === undefined) return;
    this.startedAt.delete(upid);
    const type = upid.split(':')[5] ?? '';
    this.tell({ type, outcome: outcomeOf(exitstatus), durationMs: performance.now() - startedAt });
  }
}

function outcomeOf(exitStatus: string): ObservedTask['outcome'] {
  if (exitStatus === 'OK') return 'ok';
  return exitStatus.startsWith('WARNINGS: ') ? 'warnings' : 'failed';
}
