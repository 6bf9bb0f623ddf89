import { describe, expect, test } from '@jest/globals';
import type { ProxmoxClient } from '../../../activities/proxmox/client.js';
import type { TaskRecord, TaskStatus } from '../../../activities/proxmox/records.js';
import { runningTasks, runTask, waitForTask } from '../../../activities/proxmox/tasks.js';
import { withWarnings } from '../../../activities/proxmox/warnings.js';
import { fail } from '../../../domain/errors.js';
import { anEnvironment } from './environment.js';

const UPID = 'UPID:hv5:00000001:00000002:00000003:qmstart:100:u@pve!t:';

/** Answers one status after another, the last one for ever. */
function aClient(...statuses: readonly (TaskStatus | Error)[]): ProxmoxClient {
  let next = 0;
  const taskStatus = async (): Promise<TaskStatus> => {
    const status = statuses[Math.min(next, statuses.length - 1)];
    next += 1;
    if (status instanceof Error || status === undefined) throw status;
    return status;
  };
  return { taskStatus } as unknown as ProxmoxClient;
}

function stopped(exitstatus: string): TaskStatus {
  return { status: 'stopped', exitstatus };
}

describe('waiting for a task', () => {
  test.each(['OK', 'WARNINGS: 2'])('that ends with %s succeeds', async (exitstatus) => {
    const client = aClient({ status: 'running' }, { status: 'running' }, stopped(exitstatus));

    await expect(anEnvironment().run(() => waitForTask(client, UPID))).resolves.toBeUndefined();
  });

  test.each([
    [['creating disks', 'WARN: no room for a copy', 'TASK WARNINGS: 1'], ['no room for a copy']],
    [[], [`${UPID}: WARNINGS: 1`]],
  ])('hands on what its log %j warns of', async (log, warnings) => {
    const taskLog = () => Promise.resolve(log.map((t, n) => ({ n, t })));
    const client: ProxmoxClient = { ...aClient(stopped('WARNINGS: 1')), taskLog };

    const result = await anEnvironment().run(() => withWarnings(() => waitForTask(client, UPID)));

    expect(result).toEqual({ warnings });
  });

  test.each([
    ['unexpected status', 'OUTCOME_UNKNOWN'],
    ['VM quit/powerdown failed', 'PROXMOX_TASK_FAILED'],
    ['VM is locked (backup)', 'PROXMOX_CONTENTION'],
  ])('that ends with %s throws %s', async (exitstatus, code) => {
    const waiting = anEnvironment().run(() => waitForTask(aClient(stopped(exitstatus)), UPID));

    await expect(waiting).rejects.toMatchObject({ code });
  });

  test('whose log is gone leaves the outcome unknown', async () => {
    const gone = fail('PROXMOX_REJECTED', 'HTTP 400 Parameter verification failed.; upid: no such task');

    const waiting = anEnvironment().run(() => waitForTask(aClient(gone), UPID));

    await expect(waiting).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  test('keeps its UPID in the heartbeat', async () => {
    const environment = anEnvironment();
    const heartbeats: unknown[] = [];
    environment.on('heartbeat', (details) => heartbeats.push(details));

    await environment.run(() => waitForTask(aClient({ status: 'running' }, stopped('OK')), UPID));

    expect(heartbeats).toContainEqual({ upid: UPID });
  });

  test('ends when the activity is cancelled', async () => {
    const environment = anEnvironment();
    environment.on('heartbeat', () => environment.cancel());

    const waiting = environment.run(() => waitForTask(aClient({ status: 'running' }), UPID));

    await expect(waiting).rejects.toMatchObject({ name: 'CancelledFailure' });
  });

  test('that was not even made is nothing', async () => {
    await expect(anEnvironment().run(() => waitForTask(aClient(), null))).resolves.toBeUndefined();
  });
});

describe('a change whose answer was lost', () => {
  const VM = { host: 'hv5', vmid: 100 };
  const lost = () => Promise.reject(fail('OUTCOME_UNKNOWN', 'the connection broke'));
  const now = Math.floor(Date.now() / 1_000);

  function withTasks(...tasks: readonly Partial<TaskRecord>[]): { client: ProxmoxClient; seen: string[] } {
    const seen: string[] = [];
    const records = tasks.map((task) => ({
      node: 'hv5',
      id: '100',
      starttime: now,
      type: 'qmstart',
      ...task,
    }));
    const client = {
      tasks: () => Promise.resolve(records),
      taskStatus: (upid: string) => {
        seen.push(upid);
        return Promise.resolve(stopped('OK'));
      },
    } as unknown as ProxmoxClient;
    return { client, seen };
  }

  test('is found as the latest task of its type, and waited for', async () => {
    const { client, seen } = withTasks(
      { upid: 'older', starttime: now - 5 },
      { upid: 'this' },
      { upid: 'other', type: 'qmconfig' },
    );

    await anEnvironment().run(() => runTask(client, VM, 'qmstart', lost));

    expect(seen).toEqual(['this']);
  });

  test.each([
    ['there is no such task', withTasks({ upid: 'other', type: 'qmconfig' }).client],
    ['there is none of now', withTasks({ upid: 'old', starttime: now - 10_000 }).client],
    ['nobody answers', { tasks: () => Promise.reject(new Error('595')) } as unknown as ProxmoxClient],
  ])('stays unknown when %s', async (_why, client) => {
    const running = anEnvironment().run(() => runTask(client, VM, 'qmstart', lost));

    await expect(running).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', message: 'the connection broke' });
  });

  test('is not looked for when it was refused', async () => {
    const refused = () => Promise.reject(fail('PROXMOX_REJECTED', 'no'));

    const running = anEnvironment().run(() =>
      runTask(withTasks({ upid: 'x' }).client, VM, 'qmstart', refused),
    );

    await expect(running).rejects.toMatchObject({ code: 'PROXMOX_REJECTED' });
  });
});

describe('the tasks that work on a VM', () => {
  function aTask(change: Partial<TaskRecord>): TaskRecord {
    return { upid: UPID, node: 'hv5', type: 'qmstart', id: '100', starttime: 1, ...change };
  }

  async function found(tasks: readonly TaskRecord[], log: readonly string[] = []): Promise<string[]> {
    const client = {
      tasks: () => Promise.resolve(tasks),
      taskLog: () => Promise.resolve(log.map((t, n) => ({ n, t }))),
    } as unknown as ProxmoxClient;
    return anEnvironment().run(() => runningTasks(client, 100, ['hv5', 'hv5']));
  }

  test('are those that run under its VMID', async () => {
    const tasks = [
      aTask({ upid: 'one', status: 'RUNNING' }),
      aTask({ upid: 'ended', endtime: 2, status: 'OK' }),
      aTask({ upid: 'other', id: '101' }),
    ];

    expect(await found(tasks)).toEqual(['one']);
  });

  test.each([
    ['names it', ['creating a clone of VM 9001 with ID 100'], ['clone']],
    ['names another', ['creating a clone of VM 9001 with ID 101'], []],
    ['does not say yet', [], ['clone']],
  ])('include a clone of a template whose log %s', async (_what, log, expected) => {
    const clone = aTask({ upid: 'clone', type: 'qmclone', id: '9001' });

    expect(await found([clone], log)).toEqual(expected);
  });
});
