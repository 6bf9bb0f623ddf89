import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SimulatedCluster } from './simulated-cluster.js';

const CONFIG = '/nodes/hv5/qemu/100/config';

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await SimulatedCluster.start({ timing: { configLockMs: 30 } });
  await cluster.clone(100, { name: 'edge-1' });
});

afterEach(() => cluster.stop());

describe('a change of the configuration', () => {
  test('by POST is a task', async () => {
    const upid = await cluster.data<string>('POST', CONFIG, { cores: 4, tags: 'cw-edge;clusterwright' });

    expect(upid).toMatch(
      /^UPID:hv5:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:qmconfig:100:clusterwright@pve!lab:$/,
    );
    expect(await cluster.ended(upid)).toBe('OK');
    expect(await cluster.config('hv5', 100)).toMatchObject({ cores: 4, tags: 'clusterwright;cw-edge' });
  });

  test('by POST with background_delay answers null once it is done in time', async () => {
    const data = await cluster.data('POST', CONFIG, { cores: 4, background_delay: 5 });

    expect(data).toBeNull();
    expect((await cluster.config('hv5', 100))['cores']).toBe(4);
  });

  test('by POST with background_delay answers with the failure of its task', async () => {
    const reply = await cluster.request('POST', CONFIG, { boot: 'order=scsi9', background_delay: 5 });

    expect(reply.reason).toBe("failed to update VM 100: invalid bootorder: device 'scsi9' does not exist'");
  });

  test('by PUT is done when it answers', async () => {
    const data = await cluster.data('PUT', CONFIG, { memory: 8192 });

    expect(data).toBeNull();
    expect((await cluster.config('hv5', 100))['memory']).toBe('8192');
  });

  test('with the digest of an older configuration is refused', async () => {
    const { digest } = await cluster.config('hv5', 100);
    await cluster.data('PUT', CONFIG, { cores: 4, digest: String(digest) });

    const reply = await cluster.request('PUT', CONFIG, { cores: 8, digest: String(digest) });

    expect([reply.status, reply.reason]).toEqual([500, 'checksum mismatch (file change by other user?)']);
    expect((await cluster.config('hv5', 100))['cores']).toBe(4);
  });

  test('of one who compares and sets at the same time as another succeeds once', async () => {
    const { digest } = await cluster.config('hv5', 100);

    const replies = await Promise.all(
      [4, 8].map((cores) => cluster.request('PUT', CONFIG, { cores, digest: String(digest) })),
    );

    expect(replies.map((reply) => reply.status)).toEqual(expect.arrayContaining([200, 500]));
  });

  test('of a locked VM is refused', async () => {
    cluster.latency.hold('proxmox.config');
    const upid = await cluster.data<string>('POST', '/nodes/hv5/qemu', { vmid: 200 });

    const reply = await cluster.request('PUT', '/nodes/hv5/qemu/200/config', { cores: 4 });

    cluster.latency.release('proxmox.config');
    expect(reply.reason).toBe('VM is locked (create)');
    expect(await cluster.ended(upid)).toBe('OK');
  });

  test('waits only so long for another one', async () => {
    cluster.latency.hold('proxmox.config');
    const first = await cluster.data<string>('POST', CONFIG, { cores: 4 });

    const reply = await cluster.request('PUT', CONFIG, { cores: 8 });

    cluster.latency.release('proxmox.config');
    expect(reply.reason).toBe("can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout");
    expect(await cluster.ended(first)).toBe('OK');
  });

  test('through the wrong host finds no file', async () => {
    const reply = await cluster.request('PUT', '/nodes/hv6/qemu/100/config', { cores: 4 });

    expect(reply.reason).toBe("Configuration file 'nodes/hv6/qemu-server/100.conf' does not exist");
  });

  test.each([
    ['net0', 'virtio,bridge=vmbr0,tag=5000'],
    ['net0', 'virtio=01:00:5E:00:00:01,bridge=vmbr0'],
    ['smbios1', 'uuid=nonsense'],
    ['tags', 'not a tag!'],
    ['ipconfig0', 'ip=10.1.107.100'],
    ['ipconfig0', 'gw=10.1.107.1'],
    ['name', 'under_score'],
    ['memory', '8'],
    ['cores', '0'],
    ['scsihw', 'best'],
    ['scsi1', 'local-zfs:8,colour=red'],
  ])('with %s=%s is refused by name', async (option, value) => {
    const reply = await cluster.request('PUT', CONFIG, { [option]: value });

    expect(reply.status).toBe(400);
    expect(Object.keys(reply.body?.errors ?? {})).toEqual([option]);
  });

  test('keeps an smbios1 with Base64 fields as it was sent', async () => {
    const smbios1 = 'uuid=11111111-2222-4333-8444-555555555555,serial=ZHM9bm9jbG91ZA==,base64=1';

    await cluster.data('PUT', CONFIG, { smbios1 });

    expect((await cluster.config('hv5', 100))['smbios1']).toBe(smbios1);
  });
});

describe('a disk', () => {
  test('is allocated by its size', async () => {
    await cluster.data('PUT', CONFIG, { scsi1: 'ceph-vm:32,ssd=1' });

    expect((await cluster.config('hv5', 100))['scsi1']).toBe('ceph-vm:vm-100-disk-0,size=32G,ssd=1');
  });

  test('that is detached stays as an unused one, and goes when that is deleted', async () => {
    await cluster.data('PUT', CONFIG, { delete: 'scsi0' });
    const detached = await cluster.config('hv5', 100);

    await cluster.data('PUT', CONFIG, { delete: 'unused0' });

    expect(detached['unused0']).toBe('local-zfs:base-9001-disk-0/vm-100-disk-0');
    expect(detached['boot']).toBe('order=');
    expect(await cluster.config('hv5', 100)).not.toHaveProperty('unused0');
    expect(cluster.simulator.inspect().volumes).toEqual([]);
    expect(cluster.machines.removedDisks).toHaveLength(1);
  });

  test('that is deleted with force is freed at once', async () => {
    await cluster.data('PUT', CONFIG, { delete: 'scsi0', force: 1 });

    expect(cluster.simulator.inspect().volumes).toEqual([]);
  });

  test('of a protected VM is not removed', async () => {
    await cluster.data('PUT', CONFIG, { protection: 1 });

    const reply = await cluster.request('PUT', CONFIG, { delete: 'scsi0' });

    expect(reply.reason).toBe("can't remove drive 'scsi0' - protection mode enabled");
  });

  test('for cloud-init exists once, and is made anew when it is wanted again', async () => {
    await cluster.data('PUT', CONFIG, { ide2: 'local-zfs:cloudinit' });
    const second = await cluster.request('PUT', CONFIG, { ide0: 'local-zfs:cloudinit' });
    await cluster.data('PUT', CONFIG, { delete: 'ide2' });

    await cluster.data('PUT', CONFIG, { ide2: 'local-zfs:cloudinit' });

    expect(second.reason).toBe("ide0 - cloud-init drive is already attached at 'ide2'");
    expect((await cluster.config('hv5', 100))['ide2']).toBe('local-zfs:vm-100-cloudinit,media=cdrom,size=4M');
  });
});

describe('a change while the VM runs', () => {
  beforeEach(async () => {
    await cluster.task('POST', '/nodes/hv5/qemu/100/status/start');
  });

  test('stays pending until it has been off', async () => {
    await cluster.data('PUT', CONFIG, { cores: 8 });
    const current = await cluster.data<Record<string, number>>('GET', CONFIG, { current: 1 });
    const pending = await cluster.data<object[]>('GET', '/nodes/hv5/qemu/100/pending');

    await cluster.task('POST', '/nodes/hv5/qemu/100/status/stop');

    expect(current['cores']).toBe(2);
    expect(pending).toContainEqual({ key: 'cores', value: '2', pending: '8' });
    expect((await cluster.data<Record<string, number>>('GET', CONFIG, { current: 1 }))['cores']).toBe(8);
  });

  test('can be taken back', async () => {
    await cluster.data('PUT', CONFIG, { cores: 8 });

    await cluster.data('PUT', CONFIG, { revert: 'cores' });

    expect((await cluster.config('hv5', 100))['cores']).toBe(2);
  });

  test('of the description and the tags takes effect at once', async () => {
    await cluster.data('PUT', CONFIG, { description: 'new', tags: 'x' });

    expect(await cluster.data('GET', CONFIG, { current: 1 })).toMatchObject({
      description: 'new',
      tags: 'x',
    });
  });

  test('of the disc in a CD-ROM drive takes effect at once, its removal does not', async () => {
    await cluster.task('POST', '/nodes/hv5/qemu/100/status/stop');
    const upload = await cluster.upload('seed.iso', new Uint8Array(2_048));
    await cluster.ended(upload.data as string);
    await cluster.data('PUT', CONFIG, { ide2: 'local:iso/seed.iso,media=cdrom' });
    await cluster.task('POST', '/nodes/hv5/qemu/100/status/start');

    await cluster.data('PUT', CONFIG, { delete: 'ide2' });
    const removed = await cluster.data<Record<string, string>>('GET', CONFIG, { current: 1 });
    await cluster.data('PUT', CONFIG, { ide2: 'none,media=cdrom' });
    const ejected = await cluster.data<Record<string, string>>('GET', CONFIG, { current: 1 });

    expect(removed['ide2']).toBe('local:iso/seed.iso,media=cdrom,size=2K');
    expect(ejected['ide2']).toBe('none,media=cdrom');
  });
});
