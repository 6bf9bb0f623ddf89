import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FaultEffect, FaultStage } from '../../../lab/faults.js';
import { SimulatedCluster } from './simulated-cluster.js';

const CLONE = '/nodes/hv5/qemu/9001/clone';
const CREATE = '/nodes/hv5/qemu';
const CONFIG = '/nodes/hv5/qemu/100/config';

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await SimulatedCluster.start();
});

afterEach(() => cluster.stop());

function fault(stage: FaultStage, match: string, effect: FaultEffect, times = 1): string {
  return cluster.faults.add({ target: 'proxmox', stage, match, effect, times });
}

function taken(): { vmid: number; name: string; node: string; lock: string | null }[] {
  return cluster.simulator.inspect().vms.map(({ vmid, name, node, lock }) => ({ vmid, name, node, lock }));
}

describe('an answer', () => {
  test.each([
    [595, 'No route to host'],
    [596, 'Connection timed out'],
    [599, 'Too many redirections'],
  ])('can be %d before the call is made', async (status, message) => {
    fault('before', '/clone$', { kind: 'status', status, message });

    const reply = await cluster.request('POST', CLONE, { newid: 100 });

    expect([reply.status, reply.reason, taken()]).toEqual([status, message, []]);
  });

  test('can be lost when the call has taken effect', async () => {
    fault('after', '^POST /nodes/hv5/qemu$', { kind: 'drop' });

    await expect(cluster.request('POST', CREATE, { vmid: 100 })).rejects.toThrow('fetch failed');

    expect(await cluster.data('GET', '/nodes/hv5/tasks', { source: 'all', vmid: 100 })).toHaveLength(1);
  });
});

describe('a task', () => {
  test.each([
    ['POST', CLONE, { newid: 101 }],
    ['POST', CREATE, { vmid: 101, scsi0: 'local-zfs:4' }],
    ['POST', CONFIG, { cores: 4 }],
    ['PUT', '/nodes/hv5/qemu/100/resize', { disk: 'scsi0', size: '16G' }],
    ['POST', '/nodes/hv5/qemu/100/status/start', {}],
    ['DELETE', '/nodes/hv5/qemu/100', {}],
  ])('can fail and leave everything as it was: %s %s', async (method, path, parameters) => {
    await cluster.clone(100);
    const before = [await cluster.config('hv5', 100), cluster.simulator.inspect()];
    fault('before', `^${method} ${path}$`, { kind: 'task-error', message: 'disk on fire' });

    const status = await cluster.task(method, path, parameters);

    expect(status).toContain('disk on fire');
    expect([await cluster.config('hv5', 100), cluster.simulator.inspect()]).toEqual(before);
    expect(await cluster.task(method, path, parameters)).toBe('OK');
  });

  test.each([
    ['a linked clone', CLONE, { newid: 101 }],
    ['a full clone', CLONE, { newid: 101, full: 1 }],
    ['a create', CREATE, { vmid: 101, scsi0: 'local-zfs:4' }],
  ])('can wait in vain for the lock of its storage: %s', async (_, path, parameters) => {
    fault('before', `^POST ${path}$`, { kind: 'storage-lock-timeout' });

    const status = await cluster.task('POST', path, parameters);

    expect(status).toContain("can't lock file '/var/lock/pve-manager/pve-storage-local-zfs' - got timeout");
    expect(taken()).toEqual([]);
    expect(await cluster.task('POST', path, parameters)).toBe('OK');
  });

  test('whose worker dies under way leaves its volume unmade and lets go of the files that it had locked', async () => {
    fault('before', '/clone$', { kind: 'task-crash', when: 'underway' });

    const crashed = await cluster.clone(100);

    expect(crashed).toBe('unexpected status');
    expect(taken()).toMatchObject([{ vmid: 100, lock: 'clone' }]);
    expect(cluster.simulator.inspect().volumes).toEqual([]);
    expect(await cluster.clone(101)).toBe('OK');
  });

  test('can lose its last line when all is done', async () => {
    await cluster.clone(100);
    fault('before', '/status/start$', { kind: 'task-crash', when: 'done' });

    const status = await cluster.task('POST', '/nodes/hv5/qemu/100/status/start');

    expect(status).toBe('unexpected status');
    expect(cluster.simulator.inspect().vms).toMatchObject([{ vmid: 100, running: true }]);
  });

  test('is hit only as often as the rule says', async () => {
    const effect: FaultEffect = { kind: 'task-error', message: 'again' };
    cluster.faults.add({ target: 'proxmox', stage: 'before', match: '/clone$', skip: 1, times: 2, effect });

    const statuses: string[] = [];
    for (let vmid = 100; vmid < 104; vmid += 1) statuses.push(await cluster.clone(vmid));

    expect(statuses).toEqual(['OK', 'clone failed: again', 'clone failed: again', 'OK']);
  });
});

describe('a VM', () => {
  test('can be elsewhere just before the call', async () => {
    await cluster.clone(100, { name: 'edge-1' });
    fault('before', `^PUT ${CONFIG}$`, { kind: 'move-vm', node: 'hv6' });

    const reply = await cluster.request('PUT', CONFIG, { cores: 4 });

    expect(reply.reason).toBe("Configuration file 'nodes/hv5/qemu-server/100.conf' does not exist");
    expect(await cluster.config('hv6', 100)).toMatchObject({
      name: 'edge-1',
      scsi0: 'local-zfs:vm-100-disk-0,size=8G',
    });
  });

  test('can be elsewhere just after the call, and runs on there', async () => {
    await cluster.clone(100);
    await cluster.task('POST', '/nodes/hv5/qemu/100/status/start');
    fault('after', `^PUT ${CONFIG}$`, { kind: 'move-vm', node: 'hv7' });

    const reply = await cluster.request('PUT', CONFIG, { description: 'changed' });

    expect(reply.status).toBe(200);
    expect(cluster.simulator.inspect().vms).toMatchObject([{ vmid: 100, node: 'hv7', running: true }]);
    expect((await cluster.config('hv7', 100))['description']).toBe('changed');
    expect(await cluster.task('POST', '/nodes/hv7/qemu/100/status/stop')).toBe('OK');
    expect(await cluster.task('DELETE', '/nodes/hv7/qemu/100')).toBe('OK');
    expect(cluster.simulator.inspect().volumes).toEqual([]);
  });

  test.each([
    [CREATE, { vmid: 100 }],
    [CLONE, { newid: 100 }],
  ])('of a stranger can have the VMID just before POST %s', async (path, parameters) => {
    fault('before', `^POST ${path}$`, { kind: 'take-vmid' });

    const reply = await cluster.request('POST', path, parameters);

    expect(reply.status).toBe(500);
    expect(taken()).toEqual([{ vmid: 100, name: 'stranger', node: 'hv5', lock: null }]);
  });

  test('of a stranger on another host is found by the worker of a clone', async () => {
    fault('before', '/clone$', { kind: 'take-vmid', node: 'hv7' });

    const status = await cluster.clone(100);

    expect(status).toBe("unable to create file '/etc/pve/nodes/hv5/qemu-server/100.conf' - File exists");
    expect(taken()).toMatchObject([{ name: 'stranger', node: 'hv7' }]);
  });
});

describe('a host', () => {
  test('can be away and come back', async () => {
    cluster.simulator.change({ kind: 'node-offline', node: 'hv5' });
    const away = await cluster.request('GET', '/nodes/hv5/qemu/9001/config');
    const other = await cluster.request('GET', '/nodes/hv6/qemu/9002/config');

    cluster.simulator.change({ kind: 'node-online', node: 'hv5' });

    const back = await cluster.request('GET', '/nodes/hv5/qemu/9001/config');
    expect([away.status, other.status, back.status]).toEqual([595, 200, 200]);
  });

  test('can go just when it is called, for a while', async () => {
    fault('before', '/9001/config$', { kind: 'node-offline', forMs: 20 });

    const away = await cluster.request('GET', '/nodes/hv5/qemu/9001/config');
    const back = await cluster.until('GET', '/nodes/hv5/qemu/9001/config', ({ status }) => status === 200);

    expect([away.status, away.reason, back.status]).toEqual([595, 'No route to host', 200]);
  });

  test('that does not exist cannot go', () => {
    expect(() => cluster.simulator.change({ kind: 'node-offline', node: 'hv99' })).toThrow('hv99');
    expect(() => cluster.simulator.change({ kind: 'unlock-vm' })).toThrow('the change has to name a vmid');
  });
});
