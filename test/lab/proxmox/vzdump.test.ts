import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PVE_ADMIN } from '../../../lab/proxmox/privileges.js';
import { refused } from './two-vms.js';
import { SimulatedCluster, type Form } from './simulated-cluster.js';

const VZDUMP = '/nodes/hv5/vzdump';
const CONTENT = '/nodes/hv5/storage/local/content';
const WITHOUT_BACKUP = 'tenant@pve!no-backup';
const WITHOUT_ALLOCATE = 'tenant@pve!no-allocate';

interface Listed {
  readonly volid: string;
  readonly vmid: number;
  readonly ctime: number;
  readonly size: number;
  readonly notes?: string;
  readonly protected?: number;
}

let cluster: SimulatedCluster;
beforeEach(async () => {
  cluster = await SimulatedCluster.start({
    timing: { configLockMs: 30 },
    tokens: [
      { id: WITHOUT_BACKUP, access: { '/': PVE_ADMIN.filter((one) => one !== 'VM.Backup') } },
      { id: WITHOUT_ALLOCATE, access: { '/': PVE_ADMIN.filter((one) => one !== 'Datastore.Allocate') } },
    ],
  });
  await cluster.clone(100, { name: 'one' });
  await cluster.clone(101, { name: 'two' });
});
afterEach(() => cluster.stop());

const backups = (): Promise<Listed[]> => cluster.data('GET', CONTENT, { content: 'backup' });
const backUp = (parameters: Form): Promise<string> =>
  cluster.task('POST', VZDUMP, { storage: 'local', compress: 'zstd', ...parameters });
const secret = (id: string): string => cluster.simulator.tokens[id] ?? '';

async function logOf(upid: string): Promise<string[]> {
  const lines = await cluster.data<{ t: string }[]>(
    'GET',
    `/nodes/hv5/tasks/${encodeURIComponent(upid)}/log`,
  );
  return lines.map(({ t }) => t);
}

/** Begins a backup that does not end before its latency is released. */
async function underWay(vmid: number): Promise<string> {
  cluster.latency.hold('proxmox.backup');
  const upid = await cluster.data<string>('POST', VZDUMP, { vmid, storage: 'local' });
  await cluster.until('GET', `/nodes/hv5/qemu/${vmid}/config`, ({ data }) => lockIn(data) === 'backup');
  return upid;
}

const lockIn = (data: unknown): unknown => (data as { lock?: string } | null)?.lock;

describe('vzdump', () => {
  test('leaves a file that is named for the VM and the time, with its notes', async () => {
    expect(
      await backUp({ vmid: 100, 'notes-template': String.raw`{{guestname}} of {{cluster}}\n{{vmid}}` }),
    ).toBe('OK');

    const [backup] = await backups();
    expect(backup).toMatchObject({ vmid: 100, notes: 'one of lab\n100', size: 2 ** 30 });
    expect(backup?.volid).toMatch(/^local:backup\/vzdump-qemu-100-\d{4}_\d\d_\d\d-\d\d_\d\d_\d\d\.vma\.zst$/);
    expect(await cluster.config('hv5', 100)).not.toHaveProperty('lock');
  });

  test('locks the VM while it runs', async () => {
    const upid = await underWay(100);

    expect(await cluster.task('POST', '/nodes/hv5/qemu/100/status/start')).toBe('VM is locked (backup)');

    cluster.latency.release('proxmox.backup');
    expect(await cluster.ended(upid)).toBe('OK');
  });

  test('runs once on a host: a second one waits, and gives up after its time', async () => {
    const first = await underWay(100);

    expect(await backUp({ vmid: 101, lockwait: 0 })).toBe(
      "can't acquire lock '/var/run/vzdump.lock' - got timeout",
    );

    const second = await cluster.data<string>('POST', VZDUMP, { vmid: 101, storage: 'local' });
    cluster.latency.release('proxmox.backup');
    expect([await cluster.ended(first), await cluster.ended(second)]).toEqual(['OK', 'OK']);
  });

  test('says in its log alone which guest failed and why, and backs the others up', async () => {
    cluster.latency.hold('proxmox.start');
    const start = await cluster.data<string>('POST', '/nodes/hv5/qemu/100/status/start');

    const upid = await cluster.data<string>('POST', VZDUMP, { vmid: '100,101', storage: 'local' });

    expect(await cluster.ended(upid)).toBe('job errors');
    expect(await logOf(upid)).toContain(
      "ERROR: Backup of VM 100 failed - can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout",
    );
    expect((await backups()).map(({ vmid }) => vmid)).toEqual([101]);
    cluster.latency.release('proxmox.start');
    await cluster.ended(start);
  });

  test('does nothing for a VM that is on another host', async () => {
    expect(await cluster.data('POST', '/nodes/hv6/vzdump', { vmid: 100, storage: 'local' })).toBe('OK');
    expect(await backups()).toEqual([]);
  });

  test('that is stopped leaves neither a file nor a lock', async () => {
    const upid = await underWay(100);

    await cluster.data('DELETE', `/nodes/hv5/tasks/${encodeURIComponent(upid)}`);

    expect(await cluster.ended(upid)).toBe('interrupted by signal');
    expect(await backups()).toEqual([]);
    expect(await cluster.config('hv5', 100)).not.toHaveProperty('lock');
  });

  test('that crashes leaves the lock', async () => {
    cluster.faults.add({
      ...{ target: 'proxmox', stage: 'before', match: '^POST .*/vzdump$', times: 1 },
      effect: { kind: 'task-crash', when: 'underway' },
    });

    expect(await backUp({ vmid: 100 })).toBe('unexpected status');
    expect(await cluster.config('hv5', 100)).toMatchObject({ lock: 'backup' });
  });

  test('shuts a VM down and starts it again in the mode stop', async () => {
    await cluster.task('POST', '/nodes/hv5/qemu/100/status/start');

    expect(await backUp({ vmid: 100, mode: 'stop' })).toBe('OK');

    expect(cluster.machines.events).toEqual(['on 100', 'shutdown 100', 'off 100', 'on 100']);
    expect(cluster.machines.on.has(100)).toBe(true);
  });

  test('removes older backups of the VM by its rule, but none that is protected, and none of another VM', async () => {
    await backUp({ vmid: 101 });
    await backUp({ vmid: 100, protected: 1 });
    for (let count = 0; count < 3; count += 1) await backUp({ vmid: 100 });

    expect(await backUp({ vmid: 100, 'prune-backups': 'keep-last=2' })).toBe('OK');
    expect(await backUp({ vmid: 100, 'prune-backups': 'keep-last=1', remove: 0 })).toBe('OK');

    const left = await backups();
    expect(left.filter(({ vmid }) => vmid === 101)).toHaveLength(1);
    const own = left.filter(({ vmid }) => vmid === 100);
    expect(own.filter((one) => one.protected === 1)).toHaveLength(1);
    expect(own).toHaveLength(4);
  });

  test('needs a storage that takes backups', async () => {
    expect(await backUp({ vmid: 100, storage: 'local-zfs' })).toMatch(/wrong content type$/);
  });

  test.each([['a VM', WITHOUT_BACKUP, {}, 'Permission check failed (/vms/100, VM.Backup)']])(
    'needs VM.Backup on %s, which its task finds out',
    async (_what, token, rest, exit) => {
      const reply = await cluster.request(
        'POST',
        VZDUMP,
        { vmid: 100, storage: 'local', ...rest },
        secret(token),
      );

      expect(await cluster.ended(reply.data as string)).toBe(exit);
    },
  );

  test.each([
    [
      { vmid: 100, storage: 'local', 'prune-backups': 'keep-last=1' },
      '403 Permission check failed (/storage/local, Datastore.Allocate)',
    ],
    [{ vmid: 100, storage: 'local', bwlimit: 10 }, '403 Permission check failed (/, Sys.Modify)'],
    [{ vmid: 100, storage: 'local', script: '/root/x' }, '400 Parameter verification failed.'],
    [{ storage: 'local' }, '400 Parameter verification failed.'],
    [{ vmid: 100, 'notes-template': 'x' }, '400 Parameter verification failed.'],
  ] as const)('refuses %j', async (parameters, reason) => {
    const reply = await cluster.request('POST', VZDUMP, parameters, secret(WITHOUT_ALLOCATE));

    expect(refused(reply)).toBe(reason);
  });
});

describe('a backup', () => {
  test('is seen and removed by whoever may back its VM up, and by nobody else', async () => {
    await backUp({ vmid: 100 });
    const [backup] = await backups();
    const path = `${CONTENT}/${encodeURIComponent(backup?.volid ?? '')}`;

    const others = await cluster.request('DELETE', path, {}, secret('nobody'));
    expect(others.status).toBe(401);
    const removed = await cluster.request('DELETE', path, {}, secret(WITHOUT_ALLOCATE));

    expect(await cluster.ended(removed.data as string)).toBe('OK');
    expect(await backups()).toEqual([]);
  });

  test('that is protected stays', async () => {
    await backUp({ vmid: 100, protected: 1 });
    const [backup] = await backups();

    const exit = await cluster.task('DELETE', `${CONTENT}/${encodeURIComponent(backup?.volid ?? '')}`);

    expect(exit).toMatch(/^cannot remove protected volume/);
    expect(await backups()).toHaveLength(1);
  });
});

test('backup jobs are listed, and kept', async () => {
  cluster.simulator.putBackupJob('backup-1', { schedule: '02:00', storage: 'local', all: 1 });
  await cluster.restart();

  expect(await cluster.data('GET', '/cluster/backup')).toEqual([
    { id: 'backup-1', type: 'vzdump', schedule: '02:00', storage: 'local', all: 1 },
  ]);
});
