import { describe, expect, test } from '@jest/globals';
import type { ProxmoxClient } from '../../../activities/proxmox/client.js';
import type { TaskRecord, TaskStatus } from '../../../activities/proxmox/records.js';
import { runningTasks, waitForTask } from '../../../activities/proxmox/tasks.js';
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
