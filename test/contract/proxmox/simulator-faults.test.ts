import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FaultEffect, FaultStage } from '../../../lab/faults.js';
import { LabState } from '../../../lab/state.js';
import { anEnvironment } from '../../activities/proxmox/environment.js';
import { HeldLatency } from '../../lab/proxmox/simulated-cluster.js';
import { simulatorTarget, type SimulatorTarget } from './simulator-target.js';
import { attempt, aWorkshop, perform, type ReservedMachine, type Workshop } from './workshop.js';

const CLONE = '^POST /nodes/hv5/qemu/9001/clone$';
const TEMPLATE = { host: 'hv5', vmid: 9001 };
const LINKED = {
  vmid: 9001,
  name: 'ubuntu-24.04-template',
  host: 'hv5',
  storage: 'local-zfs',
  fullClone: false,
};
const SHARED = {
  vmid: 9002,
  name: 'ubuntu-24.04-template',
  host: 'hv6',
  storage: 'ceph-vm',
  fullClone: true,
};
const DROP: FaultEffect = { kind: 'drop' };
const NO_ROUTE: FaultEffect = { kind: 'status', status: 595, message: 'No route to host' };

let directory: string;
let latency: HeldLatency;
let target: SimulatorTarget;
let shop: Workshop;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'clusterwright-contract-'));
  latency = new HeldLatency();
  target = await simulatorTarget({ latency, state: new LabState(directory) });
  shop = await aWorkshop(target);
});

afterEach(async () => {
  await shop.client.close();
  await target.close();
  rmSync(directory, { recursive: true });
});

interface KeptVm {
  readonly vmid: number;
  node: string;
  config: Record<string, string>;
}

/** The whole Proxmox cluster loses its power and comes back, with one VM changed meanwhile. */
async function restart(vmid: number, change: (vm: KeptVm) => void = () => {}): Promise<void> {
  await shop.client.close();
  await target.close();
  const file = join(directory, 'proxmox.json');
  const world = JSON.parse(readFileSync(file, 'utf8')) as { vms: KeptVm[] };
  world.vms.filter((vm) => vm.vmid === vmid).forEach(change);
  writeFileSync(file, JSON.stringify(world));
  latency = new HeldLatency();
  target = await simulatorTarget({ latency, state: new LabState(directory) });
  shop = await aWorkshop(target, shop.ledger);
}

function fault(stage: FaultStage, match: string, effect: FaultEffect, times = 1): string {
  return target.faults.add({ target: 'proxmox', stage, match, effect, times });
}

async function cloneTasks(): Promise<string[]> {
  const lists = await Promise.all(['hv5', 'hv6'].map((host) => shop.client.tasks(host, { source: 'all' })));
  return lists.flat().flatMap(({ type, upid }) => (type === 'qmclone' ? [upid] : []));
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise(setImmediate);
}

function vmids(): number[] {
  return target.simulator.inspect().vms.map(({ vmid }) => vmid);
}

async function configured(reserved: ReservedMachine): Promise<void> {
  await perform(() => shop.activities.claimVm(reserved));
  await perform(() => shop.activities.uploadSeed(reserved.seed));
  await perform(() => shop.activities.configureVm(reserved));
}

function expectNothingLeft(): void {
  const { vms, volumes, isos, runningTasks } = target.simulator.inspect();
  expect({ vms, volumes, isos, runningTasks }).toEqual({ vms: [], volumes: [], isos: [], runningTasks: [] });
}

async function wholeLife(reserved: ReservedMachine): Promise<void> {
  const { identity } = reserved;
  await configured(reserved);
  await perform(() => shop.activities.startVm({ identity }));
  await perform(() => shop.activities.detachSeed({ identity }));
  await perform(() => shop.activities.removeVm({ identity }));
}

describe('whichever answer is lost', () => {
  const changes = [
    CLONE,
    '^POST /nodes/hv5/qemu/\\d+/config$',
    '^PUT /nodes/hv5/qemu/\\d+/resize$',
    '^POST /nodes/hv5/storage/local/upload$',
    '^POST /nodes/hv5/qemu/\\d+/status/start$',
    '^POST /nodes/hv5/qemu/\\d+/status/stop$',
    '^DELETE /nodes/hv5/storage/local/content/',
    '^DELETE /nodes/hv5/qemu/\\d+$',
    '^GET /nodes/hv5/tasks/UPID.*/status$',
  ];

  test.each(
    changes.flatMap((match) => (['before', 'after'] as const).map((stage) => [match, stage] as const)),
  )('of %s (%s it took effect), a machine lives and goes without a trace', async (match, stage) => {
    const reserved = await shop.machine({ diskGiB: 11 });
    const rule = fault(stage, match, DROP);

    await wholeLife(reserved);

    expect(target.faults.list().find(({ id }) => id === rule)?.hits).toBe(1);
    expect(await cloneTasks()).toHaveLength(1);
    expectNothingLeft();
  });
});

describe('a clone', () => {
  test('whose answer is lost is found in the same attempt', async () => {
    const reserved = await shop.machine();
    fault('after', CLONE, DROP);

    const { vmid } = await attempt(() => shop.activities.claimVm(reserved));

    expect(vmid).toBe(reserved.identity.vmid);
    expect(await cloneTasks()).toHaveLength(1);
  });

  test('whose worker dies is waited for by the next attempt, and not asked for again', async () => {
    const reserved = await shop.machine();
    const first = anEnvironment();
    latency.hold('proxmox.full-clone');
    const dying = first.run(() => shop.activities.claimVm(reserved));
    const died = expect(dying).rejects.toThrow();
    await until(() => target.simulator.inspect().runningTasks.length > 0);
    first.cancel();
    await died;

    const second = anEnvironment();
    second.on('heartbeat', ({ upid }: { upid?: string }) => {
      if (upid !== undefined) latency.release('proxmox.full-clone');
    });
    const claiming = second.run(() => shop.others.claimVm(reserved));
    const { vmid } = await claiming;

    expect(vmid).toBe(reserved.identity.vmid);
    expect(await cloneTasks()).toHaveLength(1);
  });

  test('that is still under way is waited for before its machine is removed', async () => {
    const reserved = await shop.machine();
    latency.hold('proxmox.full-clone');
    const first = anEnvironment();
    const died = expect(first.run(() => shop.activities.claimVm(reserved))).rejects.toThrow();
    await until(() => target.simulator.inspect().runningTasks.length > 0);
    first.cancel();
    await died;

    const second = anEnvironment();
    second.on('heartbeat', ({ upid }: { upid?: string }) => {
      if (upid !== undefined) latency.release('proxmox.full-clone');
    });
    const removing = second.run(() => shop.others.removeVm({ identity: reserved.identity }));
    await removing;

    expectNothingLeft();
  });

  test('whose VMID is stolen between reservation and clone gets another one', async () => {
    const reserved = await shop.machine();
    const { vmid: stolen } = reserved.identity;
    const rule = fault('before', CLONE, { kind: 'hold' });
    const claiming = attempt(() => shop.activities.claimVm(reserved));
    await target.faults.hit(rule);
    const thief = { newid: stolen, name: 'thief', description: '', full: true, storage: 'local-zfs' };
    const upid = await shop.client.cloneVm(TEMPLATE, thief);
    await until(async () => (await shop.client.taskStatus(upid)).status === 'stopped');
    target.faults.remove(rule);

    const { vmid } = await claiming;

    expect(vmid).not.toBe(stolen);
    expect((await shop.client.vmConfig({ host: 'hv5', vmid: stolen })).name).toBe('thief');
    await perform(() => shop.activities.removeVm({ identity: reserved.identity }));
    expect(vmids()).toEqual([stolen]);
  });

  test('that a crash cut short is left to a person, and another VMID is used', async () => {
    const reserved = await shop.machine();
    latency.hold('proxmox.full-clone');
    const first = anEnvironment();
    const died = expect(first.run(() => shop.activities.claimVm(reserved))).rejects.toThrow();
    await until(() => target.simulator.inspect().vms.length > 0);
    await restart(reserved.identity.vmid);
    first.cancel();
    await died;

    const { vmid } = await perform(() => shop.activities.claimVm(reserved));

    expect(vmid).not.toBe(reserved.identity.vmid);
    expect(target.simulator.inspect().vms).toContainEqual(
      expect.objectContaining({ vmid: reserved.identity.vmid, lock: 'clone' }),
    );
  });

  test('that a person unlocked half made is destroyed and made anew', async () => {
    const reserved = await shop.machine();
    await perform(() => shop.activities.claimVm(reserved));
    await shop.ledger.update(reserved.identity.uuid, { state: 'issued' });
    await restart(reserved.identity.vmid, (vm) => delete vm.config['scsi0']);

    const { vmid } = await perform(() => shop.activities.claimVm(reserved));

    expect(vmid).toBe(reserved.identity.vmid);
    expect(await shop.client.vmConfig({ host: 'hv5', vmid })).toHaveProperty('scsi0');
  });

  test('is made on another host than its template where the storage is shared', async () => {
    const reserved = await shop.machine({ template: SHARED, storage: 'ceph-vm', host: 'hv7' });

    const claimed = await perform(() => shop.activities.claimVm(reserved));
    await perform(() => shop.activities.removeVm({ identity: reserved.identity }));

    expect(claimed).toEqual({ vmid: reserved.identity.vmid, host: 'hv7' });
    expectNothingLeft();
  });

  test('shares the disk of its template when it is a linked one', async () => {
    const reserved = await shop.machine({ template: LINKED });

    await wholeLife(reserved);

    expectNothingLeft();
  });

  test('of twelve machines at once is asked for two at a time where it holds the lock of the storage', async () => {
    const machines = [];
    for (let index = 0; index < 12; index += 1) machines.push(await shop.machine({ template: LINKED }));
    latency.hold('proxmox.linked-clone');
    const claiming = Promise.all(machines.map((one) => perform(() => shop.activities.claimVm(one))));
    await until(() => target.simulator.inspect().runningTasks.length === 2);
    // A third one would have been asked for by the time that these are answered.
    for (let call = 0; call < 20; call += 1) await shop.client.nodes();
    const atOnce = target.simulator.inspect().runningTasks.length;
    latency.release('proxmox.linked-clone');

    await claiming;

    expect(atOnce).toBe(2);
    expect(vmids()).toHaveLength(12);
  });
});

describe('locks', () => {
  test('that were not to be had in time are waited for by trying again', async () => {
    const reserved = await shop.machine();
    const message = "can't lock file '/var/lock/qemu-server/lock-20000.conf' - got timeout";
    fault('before', '^POST .*/(clone|config|start)$', { kind: 'status', status: 500, message }, 3);

    await wholeLife(reserved);

    expectNothingLeft();
  });

  test('that a crash left on a machine are named with the command that removes them', async () => {
    const reserved = await shop.machine();
    const { identity } = reserved;
    await configured(reserved);
    await restart(identity.vmid, (vm) => (vm.config['lock'] = 'backup'));

    for (const act of [
      () => shop.activities.startVm({ identity }),
      () => shop.activities.detachSeed({ identity }),
      () => shop.activities.removeVm({ identity }),
    ]) {
      await expect(attempt(act)).rejects.toMatchObject({
        code: 'VM_LOCKED',
        message: expect.stringContaining(`qm unlock ${identity.vmid}`),
      });
    }

    expect(target.simulator.inspect().vms).toEqual([
      expect.objectContaining({ lock: 'backup', running: false }),
    ]);
  });
});

describe('a host that cannot be reached', () => {
  test('does not make its machines gone', async () => {
    const reserved = await shop.machine();
    const { identity } = reserved;
    await configured(reserved);
    const rule = fault('before', '^\\w+ /nodes/hv5/', NO_ROUTE, 1_000);

    const removing = attempt(() => shop.activities.removeVm({ identity }));

    await expect(removing).rejects.toMatchObject({ code: 'PROXMOX_NODE_UNREACHABLE' });
    expect(await shop.ledger.get(identity.uuid)).toMatchObject({ state: 'done' });
    target.faults.remove(rule);
    await perform(() => shop.activities.removeVm({ identity }));
    expectNothingLeft();
  });
});

describe('a machine that somebody moved to another host', () => {
  test('is found there, and removed with its disk and its medium', async () => {
    const reserved = await shop.machine({ template: SHARED, storage: 'ceph-vm', host: 'hv6' });
    const { identity } = reserved;
    await configured(reserved);
    await restart(identity.vmid, (vm) => {
      vm.node = 'hv7';
      delete vm.config['ide2'];
    });

    await perform(() => shop.activities.startVm({ identity }));
    await perform(() => shop.activities.removeVm({ identity }));

    expectNothingLeft();
  });
});

describe('a removal', () => {
  test('whose disk could not be freed frees it before it calls the machine gone', async () => {
    const [reserved, other] = [await shop.machine(), await shop.machine({ template: LINKED })];
    const { identity } = reserved;
    await configured(reserved);
    latency.hold('proxmox.linked-clone');
    const cloning = perform(() => shop.others.claimVm(other));
    await until(() => target.simulator.inspect().runningTasks.length > 0);
    const removing = perform(() => shop.activities.removeVm({ identity }));
    await until(() => !vmids().includes(identity.vmid));
    latency.release('proxmox.linked-clone');

    await Promise.all([removing, cloning]);
    await perform(() => shop.activities.removeVm({ identity: other.identity }));

    expectNothingLeft();
  });

  test('asked for twice at once leaves nothing', async () => {
    const reserved = await shop.machine();
    const { identity } = reserved;
    await configured(reserved);
    await perform(() => shop.activities.startVm({ identity }));

    await Promise.all([
      perform(() => shop.activities.removeVm({ identity })),
      perform(() => shop.others.removeVm({ identity })),
    ]);

    expectNothingLeft();
  });

  test('of a machine under protection is refused, unless the protection is the template’s', async () => {
    const [done, claimed] = [await shop.machine(), await shop.machine()];
    await configured(done);
    await perform(() => shop.activities.claimVm(claimed));
    for (const { identity } of [done, claimed]) {
      const upid = await shop.client.changeConfig({ host: 'hv5', vmid: identity.vmid }, { protection: 1 });
      await until(async () => (await shop.client.taskStatus(upid)).status === 'stopped');
    }

    await perform(() => shop.activities.removeVm({ identity: claimed.identity }));
    const removing = attempt(() => shop.activities.removeVm({ identity: done.identity }));

    await expect(removing).rejects.toMatchObject({ code: 'PROXMOX_REJECTED' });
    expect(vmids()).toEqual([done.identity.vmid]);
  });
});

describe('what a template leaves in its clones', () => {
  test('does not stay: a protection, and a drive with a cloud-init volume of its own', async () => {
    const reserved = await shop.machine();
    const { vmid } = reserved.identity;
    await perform(() => shop.activities.claimVm(reserved));
    await restart(vmid, (vm) => {
      Object.assign(vm.config, { protection: '1', ide0: `local-zfs:vm-${vmid}-cloudinit,media=cdrom` });
    });
    await perform(() => shop.activities.uploadSeed(reserved.seed));

    await perform(() => shop.activities.configureVm(reserved));

    const config = await shop.client.vmConfig({ host: 'hv5', vmid });
    expect(config).not.toHaveProperty('protection');
    expect(config).not.toHaveProperty('ide0');
  });
});

describe('a machine that is not what the ledger thinks', () => {
  test('because a stranger took its number before it was made is removed without touching the stranger', async () => {
    const reserved = await shop.machine();
    const { vmid, uuid } = reserved.identity;
    const thief = { newid: vmid, name: 'thief', description: '', full: true, storage: 'local-zfs' };
    const upid = await shop.client.cloneVm(TEMPLATE, thief);
    await until(async () => (await shop.client.taskStatus(upid)).status === 'stopped');

    await perform(() => shop.activities.removeVm({ identity: reserved.identity }));

    expect(await shop.ledger.get(uuid)).toMatchObject({ state: 'removed' });
    expect(vmids()).toEqual([vmid]);
  });

  test('because a person renamed it is not given up for another number', async () => {
    const reserved = await shop.machine();
    const { vmid, uuid } = reserved.identity;
    await perform(() => shop.activities.claimVm(reserved));
    await shop.ledger.update(uuid, { state: 'issued' });
    await restart(vmid, (vm) => (vm.config['name'] = 'renamed'));

    const claiming = attempt(() => shop.activities.claimVm(reserved));

    await expect(claiming).rejects.toMatchObject({ code: 'IDENTITY_MISMATCH' });
    expect(await shop.ledger.get(uuid)).toMatchObject({ vmid });
  });

  test('because a backup holds it keeps its number', async () => {
    const reserved = await shop.machine();
    const { vmid } = reserved.identity;
    await configured(reserved);
    await restart(vmid, (vm) => (vm.config['lock'] = 'backup'));

    const claimed = await attempt(() => shop.activities.claimVm(reserved));

    expect(claimed.vmid).toBe(vmid);
  });

  test('because its medium went to a storage that is not there is removed all the same', async () => {
    const reserved = await shop.machine({ isoStorage: 'no-such' });
    const { identity } = reserved;

    await expect(attempt(() => shop.activities.uploadSeed(reserved.seed))).rejects.toMatchObject({
      code: 'PROXMOX_REJECTED',
    });
    await perform(() => shop.activities.removeVm({ identity }));

    expect(await shop.ledger.get(identity.uuid)).toMatchObject({ state: 'removed', seedVolume: null });
  });
});
