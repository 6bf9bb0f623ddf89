import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SimulatedCluster } from './simulated-cluster.js';

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await SimulatedCluster.start({ timing: { storageLockMs: 40, cloneLockMs: 20 } });
});

afterEach(() => cluster.stop());

describe('a linked clone', () => {
  test('has the name and description of the call, the tags of the template, and a MAC address and UUID of its own', async () => {
    const template = await cluster.config('hv5', 9001);

    const status = await cluster.clone(100, { name: 'edge-1', description: 'mine\nreally' });

    const config = await cluster.config('hv5', 100);
    expect(status).toBe('OK');
    expect(config).toMatchObject({
      name: 'edge-1',
      description: 'mine\nreally',
      tags: template['tags'],
      scsi0: 'local-zfs:base-9001-disk-0/vm-100-disk-0,size=8G',
    });
    expect(config['net0']).toMatch(/^virtio=BC:24:11(?::[0-9A-F]{2}){3},bridge=vmbr0$/);
    expect(config['net0']).not.toBe(template['net0']);
    expect(config['smbios1']).not.toBe(template['smbios1']);
    expect(config).not.toHaveProperty('template');
    expect(config).not.toHaveProperty('lock');
  });

  test('is nothing but a lock while its disk is being cloned', async () => {
    cluster.latency.hold('proxmox.linked-clone');
    const upid = await cluster.data<string>('POST', '/nodes/hv5/qemu/9001/clone', {
      newid: 100,
      name: 'edge-1',
    });
    const meanwhile = await cluster.until(
      'GET',
      '/nodes/hv5/qemu/100/config',
      (reply) => reply.status === 200,
    );

    cluster.latency.release('proxmox.linked-clone');

    const { digest: _digest, ...config } = meanwhile.data as Record<string, string>;
    expect(config).toEqual({ lock: 'clone' });
    expect(await cluster.ended(upid)).toBe('OK');
  });

  test('makes the source VMID the id of its task', async () => {
    await cluster.clone(100);

    const byTemplate = await cluster.data<unknown[]>('GET', '/nodes/hv5/tasks', {
      vmid: 9001,
      typefilter: 'qmclone',
    });
    const byClone = await cluster.data<unknown[]>('GET', '/nodes/hv5/tasks', {
      vmid: 100,
      typefilter: 'qmclone',
    });
    expect([byTemplate.length, byClone.length]).toEqual([1, 0]);
  });

  test.each(['storage', 'format'])('takes no %s', async (parameter) => {
    const value = parameter === 'storage' ? 'ceph-vm' : 'raw';

    const reply = await cluster.request('POST', '/nodes/hv5/qemu/9001/clone', {
      newid: 100,
      [parameter]: value,
    });

    expect(reply.reason).toBe(`parameter '${parameter}' not allowed for linked clones`);
  });

  test('holds the lock of its storage, so that others wait in vain on the same host', async () => {
    cluster.latency.hold('proxmox.linked-clone');
    const first = await cluster.data<string>('POST', '/nodes/hv5/qemu/9001/clone', { newid: 100 });
    await cluster.until('GET', '/nodes/hv5/qemu/100/config', (reply) => reply.status === 200);

    const second = await cluster.clone(101);

    cluster.latency.release('proxmox.linked-clone');
    expect(second).toBe(
      "clone failed: can't lock file '/var/lock/pve-manager/pve-storage-local-zfs' - got timeout",
    );
    expect(await cluster.ended(first)).toBe('OK');
    expect(await cluster.data('GET', '/cluster/nextid', { vmid: 101 })).toBe('101');
  });

  test('locks a shared storage for the whole cluster', async () => {
    cluster.latency.hold('proxmox.linked-clone');
    const first = await cluster.data<string>('POST', '/nodes/hv6/qemu/9002/clone', { newid: 100 });
    await cluster.until('GET', '/nodes/hv6/qemu/100/config', (reply) => reply.status === 200);

    const second = await cluster.task('POST', '/nodes/hv7/qemu', { vmid: 101, scsi0: 'ceph-vm:4' });

    cluster.latency.release('proxmox.linked-clone');
    expect(second).toBe(
      "unable to create VM 101 - cfs-lock 'storage-ceph-vm' error: got lock request timeout",
    );
    expect(await cluster.ended(first)).toBe('OK');
  });

  test('is cut short when it takes too long under the lock of a shared storage', async () => {
    const impatient = await SimulatedCluster.start({ timing: { sharedStorageWorkMs: 20 } });
    impatient.latency.hold('proxmox.linked-clone');

    const status = await impatient.task('POST', '/nodes/hv6/qemu/9002/clone', { newid: 100 });

    const left = impatient.simulator.inspect();
    await impatient.stop();
    expect(status).toBe("clone failed: 'storage-ceph-vm'-locked command timed out - aborting");
    expect([left.vms, left.volumes]).toEqual([[], []]);
  });

  test('takes over what else the template has, its CD-ROM and protection too', async () => {
    const upload = await cluster.upload('seed.iso', new Uint8Array(1_024));
    await cluster.ended(upload.data as string);
    const extras = {
      onboot: 1,
      protection: 1,
      description: 'golden',
      ide2: 'local:iso/seed.iso,media=cdrom',
    };
    await cluster.data('PUT', '/nodes/hv5/qemu/9001/config', extras);

    await cluster.clone(100);

    expect(await cluster.config('hv5', 100)).toMatchObject({
      ...extras,
      name: 'Copy-of-VM-ubuntu-24.04-template',
      ide2: 'local:iso/seed.iso,media=cdrom,size=1K',
    });
  });

  test('is not possible of a VM that is no template', async () => {
    await cluster.clone(100);

    const reply = await cluster.request('POST', '/nodes/hv5/qemu/100/clone', { newid: 101, full: 0 });

    expect(reply.reason).toContain('Linked clone feature is not supported for');
  });
});

describe('a full clone', () => {
  test('copies outside the lock of the storage, to any storage', async () => {
    cluster.latency.hold('proxmox.full-clone');
    const parameters = { newid: 100, full: 1, storage: 'ceph-vm' };
    const slow = await cluster.data<string>('POST', '/nodes/hv5/qemu/9001/clone', parameters);
    await cluster.until(
      'GET',
      '/nodes/hv5/storage/ceph-vm/content?vmid=100',
      (reply) => (reply.data as unknown[]).length === 1,
    );

    const quick = await cluster.task('POST', '/nodes/hv5/qemu', { vmid: 101, scsi0: 'ceph-vm:4' });

    cluster.latency.release('proxmox.full-clone');
    expect(quick).toBe('OK');
    expect(await cluster.ended(slow)).toBe('OK');
    expect((await cluster.config('hv5', 100))['scsi0']).toBe('ceph-vm:vm-100-disk-0,size=8G');
  });
});

test('many clones of one stopped template share its lock', async () => {
  const statuses = await Promise.all(Array.from({ length: 20 }, (_, index) => cluster.clone(100 + index)));

  expect(new Set(statuses)).toEqual(new Set(['OK']));
});

test('a clone does not take the lock of a source that is being changed', async () => {
  await cluster.clone(100);
  cluster.latency.hold('proxmox.config');
  const change = await cluster.data<string>('POST', '/nodes/hv5/qemu/100/config', { cores: 4 });

  const status = await cluster.task('POST', '/nodes/hv5/qemu/100/clone', { newid: 101, full: 1 });

  cluster.latency.release('proxmox.config');
  expect(status).toBe("can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout");
  expect(await cluster.ended(change)).toBe('OK');
});
