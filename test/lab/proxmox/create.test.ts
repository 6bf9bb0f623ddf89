import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SimulatedCluster } from './simulated-cluster.js';

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await SimulatedCluster.start();
});

afterEach(() => cluster.stop());

describe('nextid', () => {
  test('gives the least free number and reserves nothing', async () => {
    const first = await cluster.data('GET', '/cluster/nextid');
    const second = await cluster.data('GET', '/cluster/nextid');

    expect([first, second]).toEqual(['100', '100']);
  });

  test('refuses a number that is taken', async () => {
    const reply = await cluster.request('GET', '/cluster/nextid', { vmid: 9001 });

    expect([reply.status, reply.body?.errors]).toEqual([400, { vmid: 'VM 9001 already exists' }]);
  });

  test('refuses a number below 100', async () => {
    const reply = await cluster.request('GET', '/cluster/nextid', { vmid: 99 });

    expect(reply.body?.errors).toEqual({ vmid: 'value must have a minimum value of 100' });
  });
});

describe('a create', () => {
  test('has claimed its VMID when it answers, with nothing but a lock', async () => {
    cluster.latency.hold('proxmox.config');
    const upid = await cluster.data<string>('POST', '/nodes/hv5/qemu', { vmid: 100, name: 'edge-1' });
    const { digest: _digest, ...config } = await cluster.config('hv5', 100);
    const rival = await cluster.request('POST', '/nodes/hv6/qemu', { vmid: 100 });

    cluster.latency.release('proxmox.config');

    expect(config).toEqual({ lock: 'create' });
    expect(rival.reason).toBe("unable to create VM 100 - VM 100 already exists on node 'hv5'");
    expect(await cluster.ended(upid)).toBe('OK');
  });

  test('gives the VMID to exactly one of many that ask at once', async () => {
    const hosts = ['hv5', 'hv6', 'hv7', 'hv5', 'hv6', 'hv7'];

    const replies = await Promise.all(
      hosts.map((host) => cluster.request('POST', `/nodes/${host}/qemu`, { vmid: 100 })),
    );

    expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1);
  });

  test('takes the identity that is asked for, and adds the rest', async () => {
    const uuid = '11111111-2222-4333-8444-555555555555';

    const status = await cluster.task('POST', '/nodes/hv5/qemu', {
      vmid: 100,
      name: 'edge-1',
      memory: 4096,
      cores: 2,
      smbios1: `uuid=${uuid}`,
      net0: 'virtio=bc:24:11:aa:bb:cc,bridge=vmbr0,tag=107',
      net1: 'virtio,bridge=vmbr0',
      scsi0: 'local-zfs:16,discard=on',
      ide2: 'local-zfs:cloudinit',
      tags: 'Beta;alpha,beta',
    });

    const config = await cluster.config('hv5', 100);
    expect(status).toBe('OK');
    expect(config).toMatchObject({
      name: 'edge-1',
      smbios1: `uuid=${uuid}`,
      net0: 'virtio=BC:24:11:AA:BB:CC,bridge=vmbr0,tag=107',
      scsi0: 'local-zfs:vm-100-disk-0,discard=on,size=16G',
      ide2: 'local-zfs:vm-100-cloudinit,media=cdrom,size=4M',
      tags: 'alpha;beta',
      boot: 'order=scsi0;net0',
    });
    expect(config['net1']).toMatch(/^virtio=BC:24:11:/);
  });

  test('makes a disk from an imported image', async () => {
    const upload = await cluster.upload('talos.qcow2', new Uint8Array(1_024), { content: 'import' });
    await cluster.ended(upload.data as string);

    const status = await cluster.task('POST', '/nodes/hv5/qemu', {
      vmid: 100,
      scsi0: 'ceph-vm:0,import-from=local:import/talos.qcow2',
    });

    expect(status).toBe('OK');
    expect((await cluster.config('hv5', 100))['scsi0']).toBe('ceph-vm:vm-100-disk-0,size=1K');
  });

  test('that fails gives back the VMID and what it allocated', async () => {
    const status = await cluster.task('POST', '/nodes/hv5/qemu', {
      vmid: 100,
      scsi0: 'local-zfs:16',
      scsi1: 'local-zfs:2000',
    });

    expect(status).toMatch(/^unable to create VM 100 - zfs error: .* out of space$/);
    expect(cluster.simulator.inspect()).toEqual({
      vms: [],
      volumes: [],
      isos: [],
      tags: [],
      runningTasks: [],
    });
  });

  test('that is to start the VM, too, is a success even when the start fails', async () => {
    const status = await cluster.task('POST', '/nodes/hv5/qemu', { vmid: 100, memory: 999_999, start: 1 });

    expect(status).toBe('OK');
    expect((await cluster.data<{ status: string }>('GET', '/nodes/hv5/qemu/100/status/current')).status).toBe(
      'stopped',
    );
  });

  test.each([
    ['an unknown storage', { scsi0: 'nowhere:8' }, 500, "storage 'nowhere' does not exist"],
    ['a storage without disks', { scsi0: 'local:8' }, 400, 'Parameter verification failed.'],
    [
      'a volume that does not exist',
      { ide2: 'local:iso/none.iso,media=cdrom' },
      500,
      'volume local:iso/none.iso does not exist',
    ],
    ['a path on the host', { scsi0: '/dev/sda' }, 500, 'Only root can pass arbitrary filesystem paths.'],
    ['an unknown pool', { pool: 'none' }, 403, "Permission check failed (pool 'none' does not exist)"],
  ])('refuses %s before it claims the VMID', async (_, parameters, status, reason) => {
    const reply = await cluster.request('POST', '/nodes/hv5/qemu', { vmid: 100, ...parameters });

    expect([reply.status, reply.reason]).toEqual([status, reason]);
    expect(await cluster.data('GET', '/cluster/nextid', { vmid: 100 })).toBe('100');
  });
});
