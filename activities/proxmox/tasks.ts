/** Waits for tasks of Proxmox VE, and finds those whose UPID was lost. */
import { Context } from '@temporalio/activity';
import { ClusterwrightError, fail } from '../../domain/errors.js';
import type { ProxmoxClient, VmAddress } from './client.js';
import { taskError } from './errors.js';
import type { TaskRecord } from './records.js';
import { addWarnings } from './warnings.js';

/** What a retry finds in the heartbeat of the attempt before. */
export interface TaskHeartbeat {
  readonly upid: string;
}

export type TaskOutcome =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly error: ClusterwrightError }
  /** It crashed, or its log is gone: only a look at its effect tells. */
  | { readonly kind: 'unknown'; readonly error: ClusterwrightError };

const LEAST_WAIT_MS = 50;
const MOST_WAIT_MS = 750;
/** The longer a task runs, the longer between two looks: so waiting adds a few per cent to any of them. */
const WAIT_SHARE = 0.05;
/** How far back a task is looked for whose answer was lost; the clocks of hosts are not quite ours. */
const LOST_TASK_SECONDS = 120;
/** A clone says which VM it makes at once. */
const FIRST_LOG_LINES = 20;
const MOST_LOG_LINES = 500;

/** Waits until the task has ended. Its UPID is in the heartbeat meanwhile. @throws what the look at it throws. */
export async function taskOutcome(client: ProxmoxClient, upid: string): Promise<TaskOutcome> {
  const context = Context.current();
  const startedAt = Date.now();
  for (;;) {
    context.heartbeat({ upid } satisfies TaskHeartbeat);
    let state;
    try {
      state = await client.taskStatus(upid, context.cancellationSignal);
    } catch (error) {
      if (isForgotten(error))
        return { kind: 'unknown', error: fail('OUTCOME_UNKNOWN', `${upid}: its log is gone`) };
      throw error;
    }
    if (state.status === 'stopped') return outcome(client, upid, state.exitstatus ?? 'unexpected status');
    const elapsed = Date.now() - startedAt;
    await context.sleep(Math.min(MOST_WAIT_MS, Math.max(LEAST_WAIT_MS, elapsed * WAIT_SHARE)));
  }
}

/**
 * @throws `OUTCOME_UNKNOWN` when it crashed, `PROXMOX_CONTENTION` and others by what it says, else
 *   `PROXMOX_TASK_FAILED`.
 */
export async function waitForTask(client: ProxmoxClient, upid: string | null): Promise<void> {
  if (upid === null) return;
  const ended = await taskOutcome(client, upid);
  if (ended.kind !== 'succeeded') throw ended.error;
}

/**
 * Asks for a change of a VM and waits for its task. When the answer is lost, the task is looked for by its type: it is
 * waited for, and whoever asked looks at its effect all the same.
 * @throws `OUTCOME_UNKNOWN` when there is no such task either, else what `waitForTask` throws.
 */
export async function runTask(
  client: ProxmoxClient,
  vm: VmAddress,
  type: string,
  ask: () => Promise<string | null>,
): Promise<void> {
  await waitForTask(client, await askedTask(client, vm, type, ask));
}

/** The same, without waiting. @returns its UPID. @throws `OUTCOME_UNKNOWN` */
export async function askedTask<T extends string | null>(
  client: ProxmoxClient,
  vm: VmAddress,
  type: string,
  ask: () => Promise<T>,
): Promise<T | string> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ClusterwrightError) || error.code !== 'OUTCOME_UNKNOWN') throw error;
    const upid = await latestTask(client, vm, type);
    if (upid === undefined) throw error;
    return upid;
  }
}

/** @returns its UPID; `undefined` also when the host cannot be asked. */
async function latestTask(
  client: ProxmoxClient,
  { host, vmid }: VmAddress,
  type: string,
): Promise<string | undefined> {
  const since = Math.floor(Date.now() / 1_000) - LOST_TASK_SECONDS;
  try {
    const filter = { source: 'all', vmid, since } as const;
    const tasks = await client.tasks(host, filter, Context.current().cancellationSignal);
    const found = tasks.filter((task) => task.type === type && task.starttime >= since);
    return found.toSorted((a, b) => b.starttime - a.starttime)[0]?.upid;
  } catch {
    return undefined;
  }
}

/** `WARNINGS: n` is a success; what the warnings were is in the task's log. */
async function outcome(client: ProxmoxClient, upid: string, exitStatus: string): Promise<TaskOutcome> {
  if (exitStatus === 'OK') return { kind: 'succeeded' };
  if (/^WARNINGS: \d+$/.test(exitStatus)) {
    addWarnings(upid, await warningsOf(client, upid, exitStatus));
    return { kind: 'succeeded' };
  }
  const error = taskError(upid, exitStatus);
  return { kind: error.code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'failed', error };
}

/** The task did its work: that its log cannot be read changes nothing of that. */
async function warningsOf(client: ProxmoxClient, upid: string, exitStatus: string): Promise<string[]> {
  const nothing = [`${upid}: ${exitStatus}`];
  try {
    const log = await client.taskLog(upid, MOST_LOG_LINES, Context.current().cancellationSignal);
    const lines = log.flatMap(({ t }) => /^WARN(?:ING)?:? *(.*)$/i.exec(t)?.[1] ?? []);
    return lines.length === 0 ? nothing : lines;
  } catch {
    return nothing;
  }
}

function isForgotten(error: unknown): boolean {
  return error instanceof Error && /no such task|unable to parse worker upid/.test(error.message);
}

/**
 * UPIDs of the tasks that run on one of the hosts and work on the VM. A clone is filed under its template's VMID, so
 * its log has to say which VM it makes; one that has not said yet may make this one.
 */
export async function runningTasks(
  client: ProxmoxClient,
  vmid: number,
  hosts: readonly string[],
): Promise<string[]> {
  const signal = Context.current().cancellationSignal;
  const lists = await Promise.all(
    [...new Set(hosts)].map((host) => client.tasks(host, { source: 'active' }, signal)),
  );
  const running = lists.flat().filter(isRunning);
  const matches = await Promise.all(
    running.map(async (task) => {
      if (task.type === 'qmclone') return mayClone(client, task, vmid);
      return task.id === String(vmid);
    }),
  );
  return running.filter((_, index) => matches[index]).map(({ upid }) => upid);
}

function isRunning({ endtime, status }: TaskRecord): boolean {
  return endtime === undefined && (status === undefined || status === 'RUNNING');
}

async function mayClone(client: ProxmoxClient, task: TaskRecord, vmid: number): Promise<boolean> {
  if (task.id === String(vmid)) return true;
  const log = await client.taskLog(task.upid, FIRST_LOG_LINES, Context.current().cancellationSignal);
  const named = log.map(({ t }) => /creating a clone of VM \d+ with ID (\d+)/.exec(t)?.[1]).find(Boolean);
  return named === undefined || named === String(vmid);
}
