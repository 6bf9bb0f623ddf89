import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { LabState } from '../../../lab/state.js';
import { SimulatedCluster } from './simulated-cluster.js';

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await SimulatedCluster.start();
});

afterEach(() => cluster.stop());

test('certificate, token and VMs outlive a restart', async () => {
  await cluster.clone(100, { name: 'edge-1' });
  const { fingerprint, token } = cluster.simulator;
  const before = await cluster.config('hv5', 100);

  await cluster.restart();

  expect(cluster.simulator.fingerprint).toBe(fingerprint);
  expect(cluster.simulator.token).toBe(token);
  expect(await cluster.config('hv5', 100)).toEqual(before);
});

test('VMs that ran are powered on again, with the media in their drives', async () => {
  const upload = await cluster.upload('seed.iso', new Uint8Array([1, 2, 3]));
  await cluster.ended(upload.data as string);
  await cluster.clone(100);
  await cluster.clone(101);
  await cluster.data('PUT', '/nodes/hv5/qemu/100/config', { ide2: 'local:iso/seed.iso,media=cdrom' });
  await cluster.task('POST', '/nodes/hv5/qemu/100/status/start');
  const disk = cluster.machines.on.get(100)?.diskId;
  cluster.machines.on.clear();

  await cluster.restart();

  expect([...cluster.machines.on.keys()]).toEqual([100]);
  expect(cluster.machines.on.get(100)).toMatchObject({ diskId: disk, media: [Buffer.from([1, 2, 3])] });
});

test.each([
  ['clone', 'proxmox.linked-clone', '/nodes/hv5/qemu/9001/clone', { newid: 100 }],
  ['create', 'proxmox.config', '/nodes/hv5/qemu', { vmid: 100 }],
] as const)(
  'a worker that dies leaves its %s lock, and a task without a status',
  async (lock, kind, path, parameters) => {
    cluster.latency.hold(kind);
    const upid = await cluster.data<string>('POST', path, parameters);
    await cluster.until('GET', '/nodes/hv5/qemu/100/config', (reply) => reply.status === 200);

    await cluster.restart();
    cluster.latency.release(kind);

    expect(await cluster.ended(upid)).toBe('unexpected status');
    expect((await cluster.config('hv5', 100))['lock']).toBe(lock);
    expect(cluster.simulator.inspect().vms).toMatchObject([{ vmid: 100, lock }]);
    const start = await cluster.task('POST', '/nodes/hv5/qemu/100/status/start');
    const destroy = await cluster.task('DELETE', '/nodes/hv5/qemu/100');
    expect([start, destroy]).toEqual([`VM is locked (${lock})`, `VM is locked (${lock})`]);
  },
);

test('a destruction that was cut short leaves the VM as it was', async () => {
  await cluster.clone(100);
  cluster.latency.hold('proxmox.destroy');
  const upid = await cluster.data<string>('DELETE', '/nodes/hv5/qemu/100');

  await cluster.restart();
  cluster.latency.release('proxmox.destroy');

  expect(await cluster.ended(upid)).toBe('unexpected status');
  expect(await cluster.task('DELETE', '/nodes/hv5/qemu/100')).toBe('OK');
});

test('what was answered is on disk already', async () => {
  await cluster.data('PUT', '/nodes/hv5/qemu/9001/config', { description: 'kept' });

  const kept = new LabState(cluster.directory).load<{ vms: { config: Record<string, string> }[] }>('proxmox');

  expect(kept?.vms.map(({ config }) => config['description'])).toContain('kept');
});
