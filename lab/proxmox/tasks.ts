/** Worker tasks: they run in the background, write a log and leave an exit status behind. */
import { randomUUID } from 'node:crypto';
import { ApiError, errorText } from './api-error.js';
import { injected } from './injection.js';
import type { Injection } from './injection.js';
import type { TaskRecord } from './records.js';
import { encodeUpid } from './upid.js';
import type { World } from './world.js';

/** The list of a node's tasks goes back no further: Proxmox VE rotates its index at about 50 kB. */
export const LISTED_TASKS_PER_NODE = 1_000;
/** The logs of older tasks are removed, too. */
const KEPT_TASKS_PER_NODE = 3_000;

export interface TaskRequest {
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
}

/** What the code inside a worker has at hand. */
export interface Job {
  /** Aborted when the worker dies or its host loses power: then nothing must be cleaned up. */
  readonly signal: AbortSignal;
  /** Aborted when somebody stops the task: it ends with the reason as its error. */
  readonly interruption: AbortSignal;
  print(line: string): void;
  /** Goes into the log and makes the exit status `WARNINGS: n`. */
  warn(line: string): void;
  /**
   * Called once the checks are passed and the locks taken, with nothing changed yet but for the claim of a VMID: here
   * an injected failure strikes. @throws it.
   */
  checkpoint(): void;
}

/** Each job has signals of its own: listeners on a shared one would pile up. */
interface Handle {
  readonly crash: AbortController;
  readonly interruption: AbortController;
}

const WORKER_DIED = new ApiError(596, 'Connection refused');

export class Tasks {
  private readonly running = new Map<string, Promise<void>>();
  private readonly handles = new Map<string, Handle>();
  private closed = false;
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

  /** @returns the UPID, at once. */
  start(request: TaskRequest, work: (job: Job) => Promise<void>): string {
    if (this.closed) throw new ApiError(596, 'Connection refused');
    const pid = this.world.takePid();
    const parts = { ...request, pid, pstart: pid * 16, starttime: Math.floor(Date.now() / 1_000) };
    const upid = encodeUpid(parts);
    this.world.putTask({ ...parts, upid, endtime: null, exitstatus: null, log: [] });
    this.track(upid, (handle) => this.work(upid, handle, work));
    return upid;
  }

  /** Work that a call waits for, without a task to show for it. @throws what `work` throws. */
  async inline<T>(work: (job: Job) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.track(randomUUID(), (handle) =>
        work(jobOf(handle, injected(), { print: () => {}, warn: () => {} })).then(resolve, reject),
      );
    });
  }

  /** Stops tasks of one type on one VM. @returns their UPIDs. */
  interrupt(type: string, id: string, user: string): string[] {
    const chosen = [...this.running.keys()].filter((upid) => {
      const task = this.world.tasks.get(upid);
      return task?.type === type && task.id === id && task.user === user;
    });
    for (const upid of chosen) this.handles.get(upid)?.interruption.abort(new Error('received interrupt'));
    return chosen;
  }

  /** Stops one task. Work that does not look whether it was stopped goes on to its end. */
  stop(upid: string): void {
    this.handles.get(upid)?.interruption.abort(new Error('interrupted by signal'));
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
    this.closed = true;
    for (const { crash } of this.handles.values()) crash.abort(new ApiError(596, 'Connection refused'));
    await Promise.all(this.running.values());
  }

  /** @throws ApiError 596 when the simulator is going down. */
  private track(key: string, work: (handle: Handle) => Promise<void>): void {
    if (this.closed) throw new ApiError(596, 'Connection refused');
    const handle = { crash: new AbortController(), interruption: new AbortController() };
    this.handles.set(key, handle);
    const done = (): void => {
      this.running.delete(key);
      this.handles.delete(key);
    };
    this.running.set(key, work(handle).finally(done));
  }

  private async work(upid: string, handle: Handle, work: (job: Job) => Promise<void>): Promise<void> {
    let warnings = 0;
    const print = (line: string): void => this.append(upid, line);
    const warn = (line: string): void => {
      warnings += 1;
      print(`WARN: ${line}`);
    };
    const crashed = handle.crash.signal;
    const job = jobOf(handle, injected(), { print, warn });
    try {
      await work(job);
      // Work without a checkpoint of its own is hit when it is done.
      job.checkpoint();
      if (injected().take('task-crash') !== undefined) handle.crash.abort(WORKER_DIED);
      if (!crashed.aborted) this.end(upid, warnings === 0 ? 'OK' : `WARNINGS: ${warnings}`);
    } catch (error) {
      if (!crashed.aborted) this.end(upid, errorText(error));
    }
    if (crashed.aborted && !this.closed) this.markCrashed(upid);
  }

  /** There is no last line in the log, and so no status. */
  private markCrashed(upid: string): void {
    const task = this.world.tasks.get(upid);
    if (task === undefined) return;
    const endtime = Math.floor(Date.now() / 1_000);
    this.world.putTask({ ...task, endtime, exitstatus: 'unexpected status' });
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

function jobOf(handle: Handle, injection: Injection, output: Pick<Job, 'print' | 'warn'>): Job {
  return {
    signal: handle.crash.signal,
    interruption: handle.interruption.signal,
    ...output,
    checkpoint: () => {
      const warning = injection.take('task-warning');
      if (warning !== undefined) output.warn(warning.message);
      const failure = injection.take('task-error');
      if (failure !== undefined) throw new ApiError(500, failure.message);
      if (injection.take('task-crash', ({ when }) => when === 'underway') === undefined) return;
      handle.crash.abort(WORKER_DIED);
      throw WORKER_DIED;
    },
  };
}
