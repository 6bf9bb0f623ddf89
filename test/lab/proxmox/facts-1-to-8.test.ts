/** VMIDs, creation, clones and locks of the simulator, fact by fact as a real Proxmox VE 9 has them. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Latency } from '../../../lab/latency.js';
import { DEFAULT_INVENTORY } from '../../../lab/proxmox/lab-inventory.js';
import type { LabInventory } from '../../../lab/proxmox/lab-inventory.js';
import { PVE_ADMIN } from '../../../lab/proxmox/privileges.js';
import { timingOf } from '../../../lab/proxmox/timing.js';
import { SimulatedCluster } from './simulated-cluster.js';

const FRESH = 'nobody@pve!fresh';
const THIN = {
  id: 'local-lvm',
  type: 'lvmthin',
  content: ['images'],
  shared: false,
  capacityGiB: 512,
} as const;
const INVENTORY: LabInventory = {
  ...DEFAULT_INVENTORY,
  storages: [...DEFAULT_INVENTORY.storages, THIN],
  templates: [
    ...DEFAULT_INVENTORY.templates,
    { vmid: 9003, name: 'thin-template', host: 'hv5', storage: 'local-lvm', diskGiB: 8 },
  ],
};

let cluster: SimulatedCluster;

beforeEach(async () => {
  cluster = await SimulatedCluster.start({
    inventory: INVENTORY,
    tokens: [{ id: FRESH, access: {} }],
    timing: { storageLockMs: 60, cloneLockMs: 30 },
  });
});

afterEach(() => cluster.stop());

async function isFree(vmid: number): Promise<boolean> {
  return (await cluster.request('GET', '/cluster/nextid', { vmid })).status === 200;
}

describe('fact 1: nextid', () => {
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

  test('tells a token without any right what is taken', async () => {
    const token = cluster.simulator.tokens[FRESH] ?? '';

    const taken = await cluster.request('GET', '/cluster/nextid', { vmid: 9001 }, token);
    const free = await cluster.request('GET', '/cluster/nextid', { vmid: 9009 }, token);

    expect([taken.status, free.status, free.data]).toEqual([400, 200, '9009']);
  });

  test('never gives out the upper bound of its range', async () => {
    const inventory = { ...INVENTORY, nextIds: { lower: 200, upper: 202 } };
    const narrow = await SimulatedCluster.start({ inventory });
    const given: unknown[] = [];
    for (let time = 0; time < 2; time += 1) {
      const vmid = await narrow.data<string>('GET', '/cluster/nextid');
      given.push(vmid);
      await narrow.task('POST', '/nodes/hv5/qemu', { vmid });
    }

    const exhausted = await narrow.request('GET', '/cluster/nextid');

    await narrow.stop();
    expect(given).toEqual(['200', '201']);
    expect([exhausted.status, exhausted.reason]).toEqual([
      500,
      'unable to get any free VMID in range [200, 202]',
    ]);
  });
});

describe('fact 2: a create', () => {
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

  test('has its whole identity in the one call, and shows it only when the worker has ended', async () => {
    const uuid = '11111111-2222-4333-8444-555555555555';
    const identity = {
      name: 'edge-1',
      smbios1: `uuid=${uuid}`,
      net0: 'virtio=BC:24:11:AA:BB:CC,bridge=vmbr0',
      tags: 'alpha;beta',
      description: 'mine',
      protection: 1,
    };
    cluster.latency.hold('proxmox.allocate');
    const upid = await cluster.data<string>('POST', '/nodes/hv5/qemu', {
      vmid: 100,
      scsi0: 'local-zfs:8',
      ...identity,
    });
    const { digest: _digest, ...meanwhile } = await cluster.config('hv5', 100);

    cluster.latency.release('proxmox.allocate');

    expect(await cluster.ended(upid)).toBe('OK');
    expect(meanwhile).toEqual({ lock: 'create' });
    expect(await cluster.config('hv5', 100)).toMatchObject(identity);
  });
});

describe('fact 3: a create that is to do more', () => {
  test('with start=1 is a success even when the start fails', async () => {
    const status = await cluster.task('POST', '/nodes/hv5/qemu', { vmid: 100, memory: 999_999, start: 1 });

    expect(status).toBe('OK');
    expect((await cluster.data<{ status: string }>('GET', '/nodes/hv5/qemu/100/status/current')).status).toBe(
      'stopped',
    );
  });

  test('with ha-managed=1 needs the right to a shell', async () => {
    const confined = {
      id: 'tenant@pve!lab',
      access: { '/': PVE_ADMIN.filter((one) => one !== 'Sys.Console') },
    };
    const guarded = await SimulatedCluster.start({ tokens: [confined] });
    const token = guarded.simulator.tokens[confined.id];

    const reply = await guarded.request('POST', '/nodes/hv5/qemu', { vmid: 100, 'ha-managed': 1 }, token);

    await guarded.stop();
    expect([reply.status, reply.reason]).toEqual([403, 'Permission check failed (/, Sys.Console)']);
  });

  test('with ha-managed=1 is under high availability, stopped', async () => {
    const status = await cluster.task('POST', '/nodes/hv5/qemu', { vmid: 100, 'ha-managed': 1 });

    expect(status).toBe('OK');
    expect(await cluster.data('GET', '/cluster/ha/resources')).toMatchObject([
      { sid: 'vm:100', state: 'stopped' },
    ]);
  });

  test('with ha-managed=1 only warns when somebody else was first', async () => {
    cluster.latency.hold('proxmox.config');
    const upid = await cluster.data<string>('POST', '/nodes/hv5/qemu', { vmid: 100, 'ha-managed': 1 });
    await cluster.data('POST', '/cluster/ha/resources', { sid: 'vm:100', state: 'stopped' });

    cluster.latency.release('proxmox.config');

    expect(await cluster.ended(upid)).toBe('WARNINGS: 1');
  });
});

describe('fact 4: the VMID of a clone', () => {
  test('is refused at once when it is taken on the same host', async () => {
    await cluster.clone(100);

    const reply = await cluster.request('POST', '/nodes/hv5/qemu/9001/clone', { newid: 100 });

    expect(reply.reason).toBe('unable to create VM 100: config file already exists');
  });

  test('is found taken only by the worker when another host has it', async () => {
    await cluster.clone(100);

    const status = await cluster.task('POST', '/nodes/hv6/qemu/9002/clone', { newid: 100 });

    expect(status).toBe("unable to create file '/etc/pve/nodes/hv6/qemu-server/100.conf' - File exists");
    expect((await cluster.config('hv5', 100))['lock']).toBeUndefined();
  });

  test('goes to one of two that ask at once', async () => {
    const upids = await Promise.all([
      cluster.data<string>('POST', '/nodes/hv5/qemu/9001/clone', { newid: 100, name: 'one' }),
      cluster.data<string>('POST', '/nodes/hv6/qemu/9002/clone', { newid: 100, name: 'two' }),
    ]);

    const statuses = await Promise.all(upids.map((upid) => cluster.ended(upid)));

    expect(statuses.filter((status) => status === 'OK')).toHaveLength(1);
    expect(cluster.simulator.inspect().vms).toHaveLength(1);
    expect(cluster.simulator.inspect().volumes).toHaveLength(1);
  });

  test('is free again at once after a failure, with its volumes', async () => {
    await cluster.task('POST', '/nodes/hv5/qemu', { vmid: 200, scsi0: 'local-zfs:1010' });

    const status = await cluster.clone(100, { full: 1 });

    expect(status).toMatch(/^clone failed: zfs error: .* out of space$/);
    expect(await cluster.data('GET', '/cluster/nextid', { vmid: 100 })).toBe('100');
    expect(cluster.simulator.inspect().volumes).toEqual([{ node: 'hv5', volid: 'local-zfs:vm-200-disk-0' }]);
  });

  test('is still free while the worker waits for the lock of the source', async () => {
    const slow = await SimulatedCluster.start({ timing: { cloneLockMs: 60_000 } });
    await slow.clone(100);
    slow.latency.hold('proxmox.config');
    const change = await slow.data<string>('POST', '/nodes/hv5/qemu/100/config', { cores: 4 });
    const parameters = { newid: 101, full: 1 };
    const upid = await slow.data<string>('POST', '/nodes/hv5/qemu/100/clone', parameters);

    const meanwhile = await slow.request('GET', '/cluster/nextid', { vmid: 101 });
    slow.latency.release('proxmox.config');
    const statuses = [await slow.ended(change), await slow.ended(upid)];
    const afterwards = await slow.request('GET', '/cluster/nextid', { vmid: 101 });

    await slow.stop();
    expect([meanwhile.status, ...statuses, afterwards.status]).toEqual([200, 'OK', 'OK', 400]);
  });

  test('has to be named', async () => {
    const reply = await cluster.request('POST', '/nodes/hv5/qemu/9001/clone');

    expect([reply.status, Object.keys(reply.body?.errors ?? {})]).toEqual([400, ['newid']]);
  });
});

test('fact 4: a clone has the firewall of its source', async () => {
  const rules = '/nodes/hv5/qemu/9001/firewall/rules';
  await cluster.data('POST', rules, { type: 'in', action: 'ACCEPT', enable: 1, comment: 'golden' });

  await cluster.clone(100);

  expect(await cluster.data('GET', '/nodes/hv5/qemu/100/firewall/rules')).toMatchObject([
    { type: 'in', action: 'ACCEPT', comment: 'golden' },
  ]);
});

describe('fact 4: a clone onto another host', () => {
  test('needs shared disks', async () => {
    const reply = await cluster.request('POST', '/nodes/hv5/qemu/9001/clone', { newid: 100, target: 'hv7' });

    expect(reply.reason).toBe("can't clone VM to node 'hv7' (VM uses local storage)");
  });

  test('needs a shared target storage', async () => {
    const reply = await cluster.request('POST', '/nodes/hv6/qemu/9002/clone', {
      newid: 100,
      target: 'hv7',
      full: 1,
      storage: 'local-zfs',
    });

    expect(reply.reason).toBe("can't clone to non-shared storage 'local-zfs'");
  });

  test('lives on the source host until the end', async () => {
    cluster.latency.hold('proxmox.linked-clone');
    const upid = await cluster.data<string>('POST', '/nodes/hv6/qemu/9002/clone', {
      newid: 100,
      target: 'hv7',
    });
    await cluster.until('GET', '/nodes/hv6/qemu/100/config', (reply) => reply.status === 200);
    const early = await cluster.request('GET', '/nodes/hv7/qemu/100/config');

    cluster.latency.release('proxmox.linked-clone');

    expect(early.reason).toBe("Configuration file 'nodes/hv7/qemu-server/100.conf' does not exist");
    expect(await cluster.ended(upid)).toBe('OK');
    expect((await cluster.config('hv7', 100))['scsi0']).toBe(
      'ceph-vm:base-9002-disk-0/vm-100-disk-0,size=8G',
    );
  });
});

describe('fact 7: the base of a linked clone', () => {
  test.each([
    [
      'stays on a storage that knows what stands on it',
      9001,
      "base volume 'local-zfs:base-9001-disk-0' is still in use",
    ],
    ['goes from LVM-thin, which does not know', 9003, 'OK'],
  ])('%s', async (_, template, status) => {
    await cluster.task('POST', `/nodes/hv5/qemu/${template}/clone`, { newid: 100 });

    const ended = await cluster.task('DELETE', `/nodes/hv5/qemu/${template}`);

    expect(ended.slice(0, status.length)).toBe(status);
    expect(await isFree(template)).toBe(status === 'OK');
  });

  test('is not named by the volume of a clone on LVM-thin', async () => {
    await cluster.task('POST', '/nodes/hv5/qemu/9003/clone', { newid: 100 });

    expect((await cluster.config('hv5', 100))['scsi0']).toBe('local-lvm:vm-100-disk-0,size=8G');
  });
});

describe('fact 8: the lock of a storage', () => {
  test('is waited for 10 s, of a configuration 10 s, 1 s by clones, 5 s by the claim of a create', () => {
    const waits = timingOf(new Latency({ speed: 1, seed: 1 }));

    expect(waits).toMatchObject({
      configLockMs: 10_000,
      cloneLockMs: 1_000,
      claimLockMs: 5_000,
      storageLockMs: 10_000,
      sharedStoragePollMs: 1_000,
      sharedStorageWorkMs: 60_000,
    });
  });

  test('is waited for shorter in a faster lab, but not too short for the machine it runs on', () => {
    const { configLockMs, cloneLockMs } = timingOf(new Latency({ speed: 0.1, seed: 1 }));

    expect([configLockMs, cloneLockMs]).toEqual([1_000, 250]);
  });

  test.each([
    ['its own host has it', 'hv5', false],
    ['another host has it', 'hv6', true],
  ])('of a local storage stops an allocation when %s', async (_, node, succeeds) => {
    cluster.latency.hold('proxmox.linked-clone');
    const first = await cluster.data<string>('POST', '/nodes/hv5/qemu/9001/clone', { newid: 100 });
    await cluster.until('GET', '/nodes/hv5/qemu/100/config', (reply) => reply.status === 200);

    const second = await cluster.task('POST', `/nodes/${node}/qemu`, { vmid: 101, scsi0: 'local-zfs:4' });

    cluster.latency.release('proxmox.linked-clone');
    expect(second === 'OK').toBe(succeeds);
    expect(await cluster.ended(first)).toBe('OK');
  });

  test('is held while a volume is removed, too', async () => {
    await cluster.task('POST', '/nodes/hv5/qemu', { vmid: 100, scsi0: 'ceph-vm:4' });
    cluster.latency.hold('proxmox.free');
    const destroy = await cluster.data<string>('DELETE', '/nodes/hv5/qemu/100');
    await cluster.until('GET', '/nodes/hv5/tasks?source=active', () =>
      cluster.latency.spans.some(({ kind, lock }) => kind === 'proxmox.free' && lock === 'storage:ceph-vm'),
    );

    const create = await cluster.task('POST', '/nodes/hv7/qemu', { vmid: 101, scsi0: 'ceph-vm:4' });

    cluster.latency.release('proxmox.free');
    expect(create).toContain('got lock request timeout');
    expect(await cluster.ended(destroy)).toBe('OK');
  });

  test('of a shared storage goes to one at a time, in no order', async () => {
    const vmids = Array.from({ length: 8 }, (_, index) => 100 + index);

    const statuses = await Promise.all(
      vmids.map((vmid) => cluster.task('POST', '/nodes/hv6/qemu', { vmid, scsi0: 'ceph-vm:4' })),
    );

    expect(new Set(statuses)).toEqual(new Set(['OK']));
    const volumes = cluster.simulator.inspect().volumes.map(({ volid }) => volid);
    expect(volumes.sort()).toEqual(vmids.map((vmid) => `ceph-vm:vm-${vmid}-disk-0`));
  });
});
