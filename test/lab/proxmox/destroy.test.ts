import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SimulatedCluster } from './simulated-cluster.js';

const VM = '/nodes/hv5/qemu/100';

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await SimulatedCluster.start({ timing: { storageLockMs: 30 } });
  await cluster.clone(100, { name: 'edge-1' });
});

afterEach(() => cluster.stop());

describe('the destruction of a VM', () => {
  test('removes its disks, detached and cloud-init ones too, and frees the VMID', async () => {
    await cluster.data('PUT', `${VM}/config`, { scsi1: 'ceph-vm:8', ide2: 'local-zfs:cloudinit' });
    await cluster.data('PUT', `${VM}/config`, { delete: 'scsi1' });

    const status = await cluster.task('DELETE', VM, { purge: 1 });

    expect(status).toBe('OK');
    expect(cluster.simulator.inspect()).toEqual({
      vms: [],
      volumes: [],
      isos: [],
      tags: [],
      runningTasks: [],
    });
    expect(cluster.machines.removedDisks).toHaveLength(3);
    expect(await cluster.data('GET', '/cluster/nextid', { vmid: 100 })).toBe('100');
  });

  test('keeps the VMID until the worker has ended', async () => {
    cluster.latency.hold('proxmox.destroy');
    const upid = await cluster.data<string>('DELETE', VM);
    const meanwhile = await cluster.request('GET', '/cluster/nextid', { vmid: 100 });

    cluster.latency.release('proxmox.destroy');

    expect(meanwhile.status).toBe(400);
    expect(await cluster.ended(upid)).toBe('OK');
  });

  test('leaves mounted ISO images alone', async () => {
    const upload = await cluster.upload('seed.iso', new Uint8Array(1));
    await cluster.ended(upload.data as string);
    await cluster.data('PUT', `${VM}/config`, { ide2: 'local:iso/seed.iso,media=cdrom' });

    await cluster.task('DELETE', VM);

    expect(cluster.simulator.inspect().isos).toEqual([{ node: 'hv5', volid: 'local:iso/seed.iso' }]);
  });

  test('is refused while it runs', async () => {
    await cluster.task('POST', `${VM}/status/start`);

    const reply = await cluster.request('DELETE', VM);

    expect([reply.status, reply.reason]).toEqual([500, 'VM 100 is running - destroy failed']);
  });

  test('is refused while it is protected', async () => {
    await cluster.data('PUT', `${VM}/config`, { protection: 1 });

    const reply = await cluster.request('DELETE', VM);

    expect(reply.reason).toBe("can't remove VM 100 - protection mode enabled");
  });

  test('is refused for a template under linked clones', async () => {
    const status = await cluster.task('DELETE', '/nodes/hv5/qemu/9001');

    expect(status).toBe("base volume 'local-zfs:base-9001-disk-0' is still in use by linked cloned");
  });

  test('only warns when a disk cannot be freed, and leaves it behind', async () => {
    cluster.latency.hold('proxmox.linked-clone');
    const blocking = await cluster.data<string>('POST', '/nodes/hv5/qemu/9001/clone', { newid: 101 });
    await cluster.until('GET', '/nodes/hv5/qemu/101/config', (reply) => reply.status === 200);

    const status = await cluster.task('DELETE', VM);

    cluster.latency.release('proxmox.linked-clone');
    await cluster.ended(blocking);
    expect(status).toBe('WARNINGS: 1');
    expect(await cluster.data('GET', '/cluster/nextid', { vmid: 100 })).toBe('100');
    expect(cluster.simulator.inspect().volumes).toContainEqual({
      node: 'hv5',
      volid: 'local-zfs:base-9001-disk-0/vm-100-disk-0',
    });
  });

  test('with destroy-unreferenced-disks frees every disk with its VMID', async () => {
    cluster.latency.hold('proxmox.linked-clone');
    const blocking = await cluster.data<string>('POST', '/nodes/hv5/qemu/9001/clone', { newid: 101 });
    await cluster.until('GET', '/nodes/hv5/qemu/101/config', (reply) => reply.status === 200);
    await cluster.task('DELETE', VM);
    cluster.latency.release('proxmox.linked-clone');
    await cluster.ended(blocking);
    await cluster.task('POST', '/nodes/hv5/qemu', { vmid: 100 });

    await cluster.task('DELETE', VM, { 'destroy-unreferenced-disks': 1 });

    expect(cluster.simulator.inspect().volumes.map(({ volid }) => volid)).toEqual([
      'local-zfs:base-9001-disk-0/vm-101-disk-0',
    ]);
  });
});
