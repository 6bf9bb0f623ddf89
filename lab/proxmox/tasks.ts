/** Worker tasks: they run in the background, write a log and leave an exit status behind. */
import { errorText } from './api-error.js';
import type { TaskRecord } from './records.js';
import { encodeUpid } from './upid.js';
import type { World } from './world.js';

/** Older ones of a node are forgotten, as when Proxmox VE rotates its index. */
const KEPT_TASKS_PER_NODE = 1_000;

export interface TaskRequest {
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
}

/** What the code inside a worker has at hand. */
export interface Job {
  /** Aborted when the simulator goes down: then nothing must be cleaned up, as when a host loses power. */
  readonly signal: AbortSignal;
  print(line: string): void;
  /** Goes into the log and makes the exit status `WARNINGS: n`. */
  warn(line: string): void;
}

export class Tasks {
  private readonly running = new Map<string, Promise<void>>();
  private readonly closing = new AbortController();
  private readonly world: World;

  /** Tasks that were running when the simulator went down are found as crashed. */
  constructor(world: World) {
    this.world = world;
    for (const task of world.tasks.values()) {
      if (task.exitstatus === null) {
        world.putTask({ ...task, endtime: task.starttime, exitstatus: 'unexpected status' });
      }
    }
  }

  /** Aborted when the simulator goes down. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  /** @returns the UPID, at once. */
  start(request: TaskRequest, work: (job: Job) => Promise<void>): string {
    const pid = this.world.takePid();
    const parts = { ...request, pid, pstart: pid * 16, starttime: Math.floor(Date.now() / 1_000) };
    const upid = encodeUpid(parts);
    this.world.putTask({ ...parts, upid, endtime: null, exitstatus: null, log: [] });
    this.running.set(
      upid,
      this.work(upid, work).finally(() => this.running.delete(upid)),
    );
    return upid;
  }

  /** Resolves when the task has ended, or `withinMs` has gone by. */
  async settled(upid: string, withinMs?: number): Promise<TaskRecord | undefined> {
    const work = this.running.get(upid);
    if (work !== undefined && withinMs !== undefined) {
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)));
      await Promise.race([work, timeout]);
      clearTimeout(timer);
    } else {
      await work;
    }
    return this.world.tasks.get(upid);
  }

  /** Cuts all tasks short, as a crash does, and waits until none of them does anything any more. */
  async crash(): Promise<void> {
    this.closing.abort(new Error('the simulator is going down'));
    await Promise.all(this.running.values());
  }

  private async work(upid: string, work: (job: Job) => Promise<void>): Promise<void> {
    let warnings = 0;
    const print = (line: string): void => this.append(upid, line);
    const job: Job = {
      signal: this.signal,
      print,
      warn: (line) => {
        warnings += 1;
        print(`WARN: ${line}`);
      },
    };
    try {
      await work(job);
      if (this.signal.aborted) return;
      this.end(upid, warnings === 0 ? 'OK' : `WARNINGS: ${warnings}`);
    } catch (error) {
      if (!this.signal.aborted) this.end(upid, errorText(error));
    }
  }

  private append(upid: string, line: string): void {
    const task = this.world.tasks.get(upid);
    if (task !== undefined) this.world.putTask({ ...task, log: [...task.log, line] });
  }

  private end(upid: string, exitstatus: string): void {
    const success = exitstatus === 'OK' || exitstatus.startsWith('WARNINGS: ');
    this.append(upid, success ? `TASK ${exitstatus}` : `TASK ERROR: ${exitstatus}`);
    const task = this.world.tasks.get(upid);
    if (task === undefined) return;
    this.world.putTask({ ...task, endtime: Math.floor(Date.now() / 1_000), exitstatus });
    this.forgetOld(task.node);
  }

  private forgetOld(node: string): void {
    const finished = [...this.world.tasks.values()].filter(
      (task) => task.node === node && task.exitstatus !== null,
    );
    for (const task of finished.slice(0, -KEPT_TASKS_PER_NODE)) this.world.tasks.delete(task.upid);
  }
}
