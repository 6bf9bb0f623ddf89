import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SimulatedCluster } from './simulated-cluster.js';

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await SimulatedCluster.start();
});

afterEach(() => cluster.stop());

describe('a create', () => {
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
