import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SimulatedCluster } from './simulated-cluster.js';

interface ListedTask {
  readonly upid: string;
  readonly type: string;
  readonly id: string;
  readonly status?: string;
  readonly starttime: number;
}

let cluster: SimulatedCluster;

beforeAll(async () => {
  cluster = await SimulatedCluster.start();
  await cluster.clone(100);
  await cluster.task('POST', '/nodes/hv5/qemu/100/status/start');
  await cluster.task('POST', '/nodes/hv5/qemu/100/status/start');
});

afterAll(() => cluster.stop());

async function list(parameters: Record<string, string | number>): Promise<ListedTask[]> {
  return cluster.data('GET', '/nodes/hv5/tasks', parameters);
}

describe('the list of tasks', () => {
  test('has the newest first, with their exit status', async () => {
    const tasks = await list({});

    expect(tasks.map(({ type, status }) => [type, status])).toEqual([
      ['qmstart', 'VM 100 already running'],
      ['qmstart', 'OK'],
      ['qmclone', 'OK'],
    ]);
  });

  test('has the running ones only under active and all', async () => {
    cluster.latency.hold('proxmox.stop');
    const upid = await cluster.data<string>('POST', '/nodes/hv5/qemu/100/status/stop');

    const active = await list({ source: 'active' });
    const archive = await list({ source: 'archive', typefilter: 'qmstop' });
    const all = await list({ source: 'all', limit: 1 });

    cluster.latency.release('proxmox.stop');
    await cluster.ended(upid);
    expect(active).toMatchObject([{ upid, type: 'qmstop', id: '100', status: 'RUNNING' }]);
    expect(archive).toEqual([]);
    expect(all).toMatchObject([{ upid }]);
  });

  test('tells how many there are beyond its limit', async () => {
    const reply = await cluster.request('GET', '/nodes/hv5/tasks', { limit: 1, typefilter: 'qmstart' });

    expect(reply.data).toHaveLength(1);
    expect(reply.body?.total).toBe(2);
  });

  test('of the cluster has those of all hosts', async () => {
    const tasks = await cluster.data<ListedTask[]>('GET', '/cluster/tasks');

    expect(tasks.length).toBeGreaterThanOrEqual(3);
  });
});

describe('a task', () => {
  test('has a status and a log on its own host only', async () => {
    const [task] = await list({ typefilter: 'qmclone' });
    const path = `tasks/${encodeURIComponent(task?.upid ?? '')}`;

    const status = await cluster.data('GET', `/nodes/hv5/${path}/status`);
    const log = await cluster.data<{ n: number; t: string }[]>('GET', `/nodes/hv5/${path}/log`);
    const elsewhere = await cluster.request('GET', `/nodes/hv6/${path}/status`);

    expect(status).toMatchObject({
      status: 'stopped',
      exitstatus: 'OK',
      type: 'qmclone',
      id: '9001',
      user: 'clusterwright@pve',
      tokenid: 'lab',
    });
    expect(log[0]).toEqual({ n: 1, t: 'creating a clone of VM 9001 with ID 100' });
    expect(log.at(-1)?.t).toBe('TASK OK');
    expect(elsewhere.body?.errors).toEqual({ upid: 'no such task' });
  });

  test('that is no UPID is refused', async () => {
    const reply = await cluster.request('GET', '/nodes/hv5/tasks/nonsense/status');

    expect(reply.body?.errors).toEqual({ upid: 'unable to parse worker upid' });
  });
});
