import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DEFAULT_INVENTORY } from '../../../lab/proxmox/lab-inventory.js';
import { SimulatedCluster } from './simulated-cluster.js';

const STATUS = '/nodes/hv5/qemu/100/status';

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await SimulatedCluster.start({
    inventory: {
      ...DEFAULT_INVENTORY,
      hosts: DEFAULT_INVENTORY.hosts.map((host) => ({ ...host, memoryGiB: 8 })),
    },
  });
  await cluster.clone(100, { name: 'edge-1' });
});

afterEach(() => cluster.stop());

async function start(vmid = 100): Promise<string> {
  return cluster.task('POST', `/nodes/hv5/qemu/${vmid}/status/start`);
}

async function state(): Promise<string> {
  return (await cluster.data<{ status: string }>('GET', `${STATUS}/current`)).status;
}

describe('a start', () => {
  test('powers on the machine that the configuration describes, with its media', async () => {
    const upload = await cluster.upload('seed.iso', new Uint8Array([7, 8, 9]));
    await cluster.ended(upload.data as string);
    await cluster.data('PUT', '/nodes/hv5/qemu/100/config', {
      cores: 2,
      memory: 4096,
      smbios1: 'uuid=AAAAAAAA-2222-4333-8444-555555555555',
      net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=107',
      net1: 'virtio=BC:24:11:00:00:02,bridge=vmbr0',
      ide2: 'local:iso/seed.iso,media=cdrom',
    });
    await cluster.task('PUT', '/nodes/hv5/qemu/100/resize', { disk: 'scsi0', size: '32G' });

    const status = await start();

    const machine = cluster.machines.on.get(100);
    expect(status).toBe('OK');
    expect(await state()).toBe('running');
    expect(machine).toEqual({
      vmid: 100,
      name: 'edge-1',
      uuid: 'aaaaaaaa-2222-4333-8444-555555555555',
      node: 'hv5',
      cores: 2,
      memoryMiB: 4096,
      interfaces: [
        { mac: 'BC:24:11:00:00:01', bridge: 'vmbr0', vlan: 107 },
        { mac: 'BC:24:11:00:00:02', bridge: 'vmbr0', vlan: null },
      ],
      diskId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      diskGiB: 32,
      image: 'ubuntu-24.04-template',
      media: [Buffer.from([7, 8, 9])],
      disks: [{ diskId: machine?.diskId, image: 'ubuntu-24.04-template' }],
      bootOrder: [{ kind: 'disk', diskId: machine?.diskId }],
      serial: '',
    });
  });

  test('hands on the boot order and the serial number', async () => {
    const serial = 'ds=nocloud-net;s=http://10.1.107.2:8082/nocloud/token/';
    const text = `base64=1,serial=${Buffer.from(serial).toString('base64')}`;
    await cluster.data('PUT', '/nodes/hv5/qemu/100/config', {
      smbios1: `uuid=aaaaaaaa-2222-4333-8444-555555555555,${text}`,
      net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
      net2: 'virtio=BC:24:11:00:00:02,bridge=vmbr0',
      ide2: 'none,media=cdrom',
      boot: 'order=ide2;scsi0;net2;net0',
    });

    await start();

    const machine = cluster.machines.on.get(100);
    expect(machine?.serial).toBe(serial);
    expect(machine?.bootOrder).toEqual([
      { kind: 'cdrom', medium: null },
      { kind: 'disk', diskId: machine?.diskId },
      { kind: 'network', index: 1 },
      { kind: 'network', index: 0 },
    ]);
  });

  test('is undone by a machine that switches itself off', async () => {
    await start();

    cluster.simulator.machineHalted(100);

    expect(await state()).toBe('stopped');
  });

  test('of a VM that runs already fails', async () => {
    await start();

    expect(await start()).toBe('VM 100 already running');
    expect(cluster.machines.events).toEqual(['on 100']);
  });

  test('of a template fails', async () => {
    expect(await start(9001)).toBe("you can't start a vm if it's a template");
  });

  test('fails when the host has not enough memory left', async () => {
    await cluster.clone(101);
    await cluster.data('PUT', '/nodes/hv5/qemu/100/config', { memory: 6_144 });
    await cluster.data('PUT', '/nodes/hv5/qemu/101/config', { memory: 4_096 });

    const both = [await start(100), await start(101)];

    expect(both).toEqual(['OK', 'start failed: QEMU exited with code 1']);
    const tasks = await cluster.data<{ upid: string }[]>('GET', '/nodes/hv5/tasks', {
      vmid: 101,
      typefilter: 'qmstart',
    });
    const log = await cluster.data<{ t: string }[]>(
      'GET',
      `/nodes/hv5/tasks/${encodeURIComponent(tasks[0]?.upid ?? '')}/log`,
    );
    expect(log.map(({ t }) => t)).toContain(
      "kvm: cannot set up guest memory 'pc.ram': Cannot allocate memory",
    );
  });

  test('fails when a mounted file is gone', async () => {
    const upload = await cluster.upload('seed.iso', new Uint8Array(1));
    await cluster.ended(upload.data as string);
    await cluster.data('PUT', '/nodes/hv5/qemu/100/config', { ide2: 'local:iso/seed.iso,media=cdrom' });
    await cluster.task('DELETE', '/nodes/hv5/storage/local/content/local:iso%2Fseed.iso');

    expect(await start()).toBe("volume 'local:iso/seed.iso' does not exist");
  });

  test('fails when a bridge does not exist', async () => {
    await cluster.data('PUT', '/nodes/hv5/qemu/100/config', { net0: 'virtio,bridge=vmbr7' });

    expect(await start()).toBe("bridge 'vmbr7' does not exist");
  });
});

describe('a stop', () => {
  test('takes the power away', async () => {
    await start();

    const status = await cluster.task('POST', `${STATUS}/stop`);

    expect([status, await state()]).toEqual(['OK', 'stopped']);
    expect(cluster.machines.events).toEqual(['on 100', 'off 100']);
  });

  test('can overrule a shutdown that waits for the guest', async () => {
    cluster.machines.obedient = false;
    await start();
    const shutdown = await cluster.data<string>('POST', `${STATUS}/shutdown`);

    const status = await cluster.task('POST', `${STATUS}/stop`, { 'overrule-shutdown': 1 });

    expect([status, await state()]).toEqual(['OK', 'stopped']);
    expect(await cluster.ended(shutdown)).toBe('received interrupt');
  });

  test('of a VM that is off is fine', async () => {
    expect(await cluster.task('POST', `${STATUS}/stop`)).toBe('OK');
  });
});

describe('a shutdown', () => {
  test('asks the guest first', async () => {
    await start();

    const status = await cluster.task('POST', `${STATUS}/shutdown`);

    expect([status, await state()]).toEqual(['OK', 'stopped']);
    expect(cluster.machines.events).toEqual(['on 100', 'shutdown 100', 'off 100']);
  });

  test('that the guest does not obey in time fails', async () => {
    cluster.machines.obedient = false;
    await start();

    const status = await cluster.task('POST', `${STATUS}/shutdown`, { timeout: 0 });

    expect([status, await state()]).toEqual(['VM quit/powerdown failed - got timeout', 'running']);
  });

  test('with forceStop takes the power away in the end', async () => {
    cluster.machines.obedient = false;
    await start();

    const status = await cluster.task('POST', `${STATUS}/shutdown`, { timeout: 0, forceStop: 1 });

    expect([status, await state()]).toEqual(['OK', 'stopped']);
  });
});

describe('a reset', () => {
  test('boots the machine again', async () => {
    await start();

    await cluster.task('POST', `${STATUS}/reset`);

    expect(cluster.machines.events).toEqual(['on 100', 'off 100', 'on 100']);
  });

  test('of a VM that is off is refused', async () => {
    const reply = await cluster.request('POST', `${STATUS}/reset`);

    expect(reply.reason).toBe('VM 100 not running');
  });
});
