/** Waits for tasks of Proxmox VE, and finds those whose UPID was lost. */
import { Context } from '@temporalio/activity';
import { fail, type ClusterwrightError } from '../../domain/errors.js';
import type { ProxmoxClient } from './client.js';
import { taskError } from './errors.js';
import type { TaskRecord } from './records.js';

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
const WAIT_SHARE = 0.1;

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
    if (state.status === 'stopped') return outcome(upid, state.exitstatus ?? 'unexpected status');
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

/** `WARNINGS: n` is a success; what the warnings were is in the task's log. */
function outcome(upid: string, exitStatus: string): TaskOutcome {
  if (exitStatus === 'OK') return { kind: 'succeeded' };
  if (/^WARNINGS: \d+$/.test(exitStatus)) {
    Context.current().log.warn('A Proxmox VE task ended with warnings', { upid, exitStatus });
    return { kind: 'succeeded' };
  }
  const error = taskError(upid, exitStatus);
  return { kind: error.code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'failed', error };
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
  const log = await client.taskLog(task.upid, Context.current().cancellationSignal);
  const named = log.map(({ t }) => /creating a clone of VM \d+ with ID (\d+)/.exec(t)?.[1]).find(Boolean);
  return named === undefined || named === String(vmid);
}
