/** Contention, crashes, tasks, configuration and lists of the simulator, fact by fact as Proxmox VE 9 has them. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FaultEffect } from '../../../lab/faults.js';
import { PVE_ADMIN } from '../../../lab/proxmox/privileges.js';
import { SimulatedCluster } from './simulated-cluster.js';

const ROOT = 'root@pam!automation';
const OTHER = 'other@pve!token';
const OPERATOR = PVE_ADMIN.filter((privilege) => privilege !== 'Sys.Audit');
const CONFIG = '/nodes/hv5/qemu/100/config';
const CLONE = '/nodes/hv5/qemu/9001/clone';

interface ListedTask {
  readonly upid: string;
  readonly type: string;
  readonly user: string;
  readonly status?: string;
}

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await SimulatedCluster.start({
    tokens: [
      { id: ROOT, access: { '/': PVE_ADMIN } },
      { id: OTHER, access: { '/': OPERATOR } },
    ],
    timing: { storageLockMs: 40, configLockMs: 30, sharedStorageWorkMs: 20, statusIntervalMs: 10_000 },
  });
});

afterEach(() => cluster.stop());

function fault(match: string, effect: FaultEffect): void {
  cluster.faults.add({ target: 'proxmox', stage: 'before', match, effect });
}

async function tasks(node: string, parameters: Record<string, string | number>): Promise<ListedTask[]> {
  return cluster.data('GET', `/nodes/${node}/tasks`, parameters);
}

describe('fact 9: contention', () => {
  test('for a configuration is told by the file of its lock', async () => {
    await cluster.clone(100);
    cluster.latency.hold('proxmox.config');
    const first = await cluster.data<string>('POST', CONFIG, { cores: 4 });

    const second = await cluster.task('POST', CONFIG, { cores: 8 });

    cluster.latency.release('proxmox.config');
    expect(second).toBe("can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout");
    expect(await cluster.ended(first)).toBe('OK');
  });

  test.each([
    ['local-zfs', "can't lock file '/var/lock/pve-manager/pve-storage-local-zfs' - got timeout"],
    ['ceph-vm', "cfs-lock 'storage-ceph-vm' error: got lock request timeout"],
  ])('for the storage %s ends the task', async (storage, message) => {
    fault('^POST /nodes/hv5/qemu$', { kind: 'storage-lock-timeout' });

    const status = await cluster.task('POST', '/nodes/hv5/qemu', { vmid: 100, scsi0: `${storage}:4` });

    expect(status).toBe(`unable to create VM 100 - ${message}`);
    expect(await cluster.data('GET', '/cluster/nextid', { vmid: 100 })).toBe('100');
  });

  test('of work that takes too long under a cluster-wide lock ends that work', async () => {
    cluster.latency.hold('proxmox.allocate');

    const status = await cluster.task('POST', '/nodes/hv5/qemu', { vmid: 100, scsi0: 'ceph-vm:4' });

    expect(status).toBe("unable to create VM 100 - 'storage-ceph-vm'-locked command timed out - aborting");
    expect(cluster.simulator.inspect().volumes).toEqual([]);
  });

  test('with whoever has set a lock in the configuration is told by its name', async () => {
    fault('/clone$', { kind: 'task-crash', when: 'underway' });
    await cluster.clone(100);

    const status = await cluster.task('POST', '/nodes/hv5/qemu/100/status/start');

    expect(status).toBe('VM is locked (clone)');
  });
});

describe('fact 10: the lock that a crash leaves behind', () => {
  test.each([
    ['create', '^POST /nodes/hv5/qemu$', '/nodes/hv5/qemu', { vmid: 100, name: 'edge-1' }],
    ['clone', '/clone$', CLONE, { newid: 100, name: 'edge-1' }],
  ])('of a %s is removed by no token, not even one of root', async (lock, match, path, parameters) => {
    fault(match, { kind: 'task-crash', when: 'underway' });
    const crashed = await cluster.task('POST', path, parameters);
    const token = cluster.simulator.tokens[ROOT] ?? '';

    const refusals = [
      await cluster.request('PUT', CONFIG, { delete: 'lock' }, token),
      await cluster.request('PUT', CONFIG, { name: 'edge-2', skiplock: 1 }, token),
      await cluster.request('DELETE', '/nodes/hv5/qemu/100', { skiplock: 1 }, token),
    ];

    const { digest: _digest, ...left } = await cluster.config('hv5', 100);
    expect([crashed, left]).toEqual(['unexpected status', { lock }]);
    expect(refusals.map(({ reason, body }) => body?.errors?.['skiplock'] ?? reason)).toEqual([
      "only root can set 'lock' config",
      'Only root may use this option.',
      'Only root may use this option.',
    ]);
    expect(await cluster.task('DELETE', '/nodes/hv5/qemu/100')).toBe(`VM is locked (${lock})`);
  });

  test('is removed by a person on the host', async () => {
    fault('/clone$', { kind: 'task-crash', when: 'underway' });
    await cluster.clone(100);

    cluster.simulator.change({ kind: 'unlock-vm', vmid: 100 });

    expect(await cluster.task('DELETE', '/nodes/hv5/qemu/100')).toBe('OK');
  });
});

describe('fact 11: a task', () => {
  test('is named by its host, process, start, type, id and user', async () => {
    const upid = await cluster.data<string>('POST', CLONE, { newid: 100 });

    expect(upid).toMatch(
      /^UPID:hv5:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:qmclone:9001:clusterwright@pve!lab:$/,
    );
    expect(await cluster.ended(upid)).toBe('OK');
  });

  test('with warnings has done its work', async () => {
    fault('/clone$', { kind: 'task-warning', message: 'the storage is nearly full' });
    const upid = await cluster.data<string>('POST', CLONE, { newid: 100, name: 'edge-1' });

    const status = await cluster.ended(upid);

    const log = await cluster.data<{ t: string }[]>(
      'GET',
      `/nodes/hv5/tasks/${encodeURIComponent(upid)}/log`,
    );
    expect(status).toBe('WARNINGS: 1');
    expect(log.map(({ t }) => t)).toContain('WARN: the storage is nearly full');
    expect(log.at(-1)?.t).toBe('TASK WARNINGS: 1');
    expect((await cluster.config('hv5', 100))['name']).toBe('edge-1');
  });

  test('whose log has no last line may have done its work all the same', async () => {
    fault('/clone$', { kind: 'task-crash', when: 'done' });

    const status = await cluster.clone(100, { name: 'edge-1' });

    expect(status).toBe('unexpected status');
    expect((await cluster.config('hv5', 100))['name']).toBe('edge-1');
  });

  test('is seen by others only with Sys.Audit on its host', async () => {
    const upid = await cluster.data<string>('POST', CLONE, { newid: 100 });
    await cluster.ended(upid);
    const path = `/nodes/hv5/tasks/${encodeURIComponent(upid)}/status`;
    const other = cluster.simulator.tokens[OTHER] ?? '';

    const listed = await cluster.request('GET', '/nodes/hv5/tasks', {}, other);
    const status = await cluster.request('GET', path, {}, other);
    const audited = await cluster.request('GET', path, {}, cluster.simulator.tokens[ROOT]);

    expect(listed.data).toEqual([]);
    expect([status.status, audited.status]).toEqual([403, 200]);
  });

  test('drops out of the list of its host after a thousand others, and keeps its log', async () => {
    const upid = await cluster.data<string>('POST', CLONE, { newid: 100 });
    await cluster.ended(upid);
    const resize = (): Promise<string> =>
      cluster.data('PUT', '/nodes/hv5/qemu/100/resize', { disk: 'scsi5', size: '4G' });
    for (let batch = 0; batch < 20; batch += 1) await Promise.all(Array.from({ length: 50 }, resize));
    await cluster.until('GET', '/nodes/hv5/tasks?source=active', ({ body }) => body?.total === 0);

    const listed = await tasks('hv5', { typefilter: 'qmclone', source: 'all' });

    expect(listed).toEqual([]);
    expect((await cluster.request('GET', '/nodes/hv5/tasks')).body?.total).toBe(1_000);
    expect(await cluster.ended(upid)).toBe('OK');
  });
});

describe('fact 12: a call whose answer was lost', () => {
  test('is found by its VMID, its type and the time', async () => {
    const since = Math.floor(Date.now() / 1_000) - 60;
    const match = '^POST /nodes/hv5/qemu$';
    cluster.faults.add({ target: 'proxmox', stage: 'after', match, effect: { kind: 'drop' } });
    const lost = cluster.request('POST', '/nodes/hv5/qemu', { vmid: 100 });
    await expect(lost).rejects.toThrow('fetch failed');

    const filter = { source: 'all', vmid: 100, typefilter: 'qmcreate' };
    const found = await tasks('hv5', { ...filter, since });
    const later = await tasks('hv5', { ...filter, since: since + 3_600 });

    expect(found).toMatchObject([{ type: 'qmcreate', user: 'clusterwright@pve' }]);
    expect(await cluster.ended(found[0]?.upid ?? '')).toBe('OK');
    expect(later).toEqual([]);
  });
});

describe('fact 13: a change of the configuration', () => {
  test('is a task by POST, done at once by PUT, and compares the digest in both', async () => {
    await cluster.clone(100);
    const { digest: before } = await cluster.config('hv5', 100);
    const upid = await cluster.data<string>('POST', CONFIG, { cores: 4, digest: String(before) });
    const status = await cluster.ended(upid);

    const put = await cluster.request('PUT', CONFIG, { cores: 8, digest: String(before) });
    const post = await cluster.request('POST', CONFIG, { cores: 8, digest: String(before) });
    const fresh = await cluster.config('hv5', 100);
    const matching = await cluster.data('PUT', CONFIG, { cores: 8, digest: String(fresh['digest']) });

    expect(before).toMatch(/^[0-9a-f]{40}$/);
    expect([status, put.reason, post.reason, matching]).toEqual([
      'OK',
      'checksum mismatch (file change by other user?)',
      'checksum mismatch (file change by other user?)',
      null,
    ]);
  });

  test('of a running VM may have to wait until it has been off', async () => {
    await cluster.clone(100);
    await cluster.task('POST', '/nodes/hv5/qemu/100/status/start');
    await cluster.data('PUT', CONFIG, { cores: 8, delete: 'serial0', description: 'at once' });

    const pending = await cluster.data<object[]>('GET', '/nodes/hv5/qemu/100/pending');

    expect(pending).toContainEqual({ key: 'cores', value: '2', pending: '8' });
    expect(pending).toContainEqual({ key: 'serial0', value: 'socket', delete: 1 });
    expect(pending).toContainEqual({ key: 'description', value: 'at once' });
  });
});

describe('fact 14: a resize', () => {
  beforeEach(async () => {
    await cluster.clone(100);
  });

  const size = async (): Promise<string | number | undefined> => (await cluster.config('hv5', 100))['scsi0'];

  test('to an absolute size is idempotent', async () => {
    const first = await cluster.task('PUT', '/nodes/hv5/qemu/100/resize', { disk: 'scsi0', size: '32G' });
    const second = await cluster.task('PUT', '/nodes/hv5/qemu/100/resize', { disk: 'scsi0', size: '32G' });

    expect([first, second]).toEqual(['OK', 'OK']);
    expect(await size()).toBe('local-zfs:base-9001-disk-0/vm-100-disk-0,size=32G');
  });

  test('by an amount grows the disk each time', async () => {
    await cluster.task('PUT', '/nodes/hv5/qemu/100/resize', { disk: 'scsi0', size: '+1G' });
    await cluster.task('PUT', '/nodes/hv5/qemu/100/resize', { disk: 'scsi0', size: '+1G' });

    expect(await size()).toBe('local-zfs:base-9001-disk-0/vm-100-disk-0,size=10G');
  });

  test('to less is refused', async () => {
    const status = await cluster.task('PUT', '/nodes/hv5/qemu/100/resize', { disk: 'scsi0', size: '4G' });

    expect(status).toBe('shrinking disks is not supported');
  });

  test('of a disk that is not there is refused', async () => {
    const status = await cluster.task('PUT', '/nodes/hv5/qemu/100/resize', { disk: 'scsi5', size: '4G' });

    expect(status).toBe("disk 'scsi5' does not exist");
  });
});

describe('fact 16: the resources of the cluster', () => {
  test('have the host of a new VM at once, but its name and status only after the next report', async () => {
    await cluster.clone(100, { name: 'edge-1' });

    const vms = await cluster.data<{ id: string }[]>('GET', '/cluster/resources', { type: 'vm' });

    const fresh = vms.find(({ id }) => id === 'qemu/100');
    expect(fresh).toMatchObject({ node: 'hv5', status: 'unknown' });
    expect(fresh).not.toHaveProperty('name');
  });

  test('are complete once the status daemon has reported', async () => {
    const quick = await SimulatedCluster.start({ timing: { statusIntervalMs: 5 } });
    await quick.clone(100, { name: 'edge-1' });

    const reply = await quick.until('GET', '/cluster/resources?type=vm', ({ data }) =>
      (data as { name?: string }[]).some(({ name }) => name === 'edge-1'),
    );

    await quick.stop();
    expect(reply.data).toContainEqual(expect.objectContaining({ id: 'qemu/100', status: 'stopped' }));
  });

  test('are known at once in a lab in which nothing takes any time', async () => {
    const instant = await SimulatedCluster.start();
    await instant.clone(100, { name: 'edge-1' });

    const vms = await instant.data<object[]>('GET', '/cluster/resources', { type: 'vm' });

    await instant.stop();
    expect(vms).toContainEqual(expect.objectContaining({ vmid: 100, name: 'edge-1', status: 'stopped' }));
  });

  test('leave out what the token may not see, without a word', async () => {
    const blind = await SimulatedCluster.start({ tokens: [{ id: OTHER, access: {} }] });

    const reply = await blind.request(
      'GET',
      '/cluster/resources',
      { type: 'vm' },
      blind.simulator.tokens[OTHER],
    );

    await blind.stop();
    expect([reply.status, reply.data]).toEqual([200, []]);
  });
});

describe('fact 24: memory and the SCSI controller', () => {
  test('are taken as they are given: no ballooning, and not one controller for each disk', async () => {
    await cluster.clone(100);

    await cluster.data('PUT', CONFIG, { balloon: 0, scsihw: 'virtio-scsi-pci' });

    expect(await cluster.config('hv5', 100)).toMatchObject({ balloon: 0, scsihw: 'virtio-scsi-pci' });
  });

  test('cannot have more to give back than there is', async () => {
    const reply = await cluster.request('PUT', '/nodes/hv5/qemu/9001/config', { balloon: 4_096 });

    expect(reply.reason).toBe('balloon value too large (must be smaller than assigned memory)');
  });
});
