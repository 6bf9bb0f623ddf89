import { describe, expect, test } from '@jest/globals';
import type { ClaimedVm } from '../../../activities/proxmox/claim-vm.js';
import type { FaultEffect } from '../../../lab/faults.js';
import { anEnvironment } from '../../activities/proxmox/environment.js';
import { aFaultySimulator, LINKED, SHARED, until } from './faulty-simulator.js';
import { attempt, perform } from './workshop.js';

const CLONE = '^POST /nodes/hv5/qemu/9001/clone$';
const DROP: FaultEffect = { kind: 'drop' };

const sim = aFaultySimulator();

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
    const reserved = await sim.current.shop.machine({ diskGiB: 11 });
    const rule = sim.current.fault(stage, match, DROP);

    await sim.current.wholeLife(reserved);

    expect(sim.current.target.faults.list().find(({ id }) => id === rule)?.hits).toBe(1);
    expect(await sim.current.cloneTasks()).toHaveLength(1);
    sim.current.expectNothingLeft();
  });
});

describe('a clone', () => {
  test('whose answer is lost is found in the same attempt', async () => {
    const reserved = await sim.current.shop.machine();
    sim.current.fault('after', CLONE, DROP);

    const { vmid } = await attempt(() => sim.current.shop.activities.claimVm(reserved));

    expect(vmid).toBe(reserved.identity.vmid);
    expect(await sim.current.cloneTasks()).toHaveLength(1);
  });

  test('whose worker dies is waited for by the next attempt, and not asked for again', async () => {
    const reserved = await sim.current.shop.machine();
    const first = anEnvironment();
    sim.current.latency.hold('proxmox.full-clone');
    const dying = first.run(() => sim.current.shop.activities.claimVm(reserved));
    const died = expect(dying).rejects.toThrow();
    await until(() => sim.current.runningTasks().length > 0);
    first.cancel();
    await died;

    const second = anEnvironment();
    second.on('heartbeat', ({ upid }: { upid?: string }) => {
      if (upid !== undefined) sim.current.latency.release('proxmox.full-clone');
    });
    const claiming = second.run<[], ClaimedVm, () => Promise<ClaimedVm>>(() =>
      sim.current.shop.others.claimVm(reserved),
    );
    const { vmid } = await claiming;

    expect(vmid).toBe(reserved.identity.vmid);
    expect(await sim.current.cloneTasks()).toHaveLength(1);
  });

  test('that is still under way is waited for before its machine is removed', async () => {
    const reserved = await sim.current.shop.machine();
    sim.current.latency.hold('proxmox.full-clone');
    const first = anEnvironment();
    const died = expect(first.run(() => sim.current.shop.activities.claimVm(reserved))).rejects.toThrow();
    await until(() => sim.current.runningTasks().length > 0);
    first.cancel();
    await died;

    const second = anEnvironment();
    second.on('heartbeat', ({ upid }: { upid?: string }) => {
      if (upid !== undefined) sim.current.latency.release('proxmox.full-clone');
    });
    const removing = second.run(() => sim.current.shop.others.removeVm({ identity: reserved.identity }));
    await removing;

    sim.current.expectNothingLeft();
  });

  test('whose VMID is stolen between reservation and clone gets another one', async () => {
    const reserved = await sim.current.shop.machine();
    const { vmid: stolen } = reserved.identity;
    const rule = sim.current.fault('before', CLONE, { kind: 'hold' });
    const claiming = attempt(() => sim.current.shop.activities.claimVm(reserved));
    await sim.current.target.faults.hit(rule);
    await sim.current.stranger(stolen);
    sim.current.target.faults.remove(rule);

    const { vmid } = await claiming;

    expect(vmid).not.toBe(stolen);
    expect((await sim.current.shop.client.vmConfig({ host: 'hv5', vmid: stolen })).name).toBe('stranger');
    await perform(() => sim.current.shop.activities.removeVm({ identity: reserved.identity }));
    expect(sim.current.vmids()).toEqual([stolen]);
  });

  test('that a crash cut short is left to a person, and another VMID is used', async () => {
    const reserved = await sim.current.shop.machine();
    sim.current.latency.hold('proxmox.full-clone');
    const first = anEnvironment();
    const died = expect(first.run(() => sim.current.shop.activities.claimVm(reserved))).rejects.toThrow();
    await until(() => sim.current.target.simulator.inspect().vms.length > 0);
    await sim.current.restart(reserved.identity.vmid);
    first.cancel();
    await died;

    const { vmid } = await perform(() => sim.current.shop.activities.claimVm(reserved));

    expect(vmid).not.toBe(reserved.identity.vmid);
    expect(sim.current.target.simulator.inspect().vms).toContainEqual(
      expect.objectContaining({ vmid: reserved.identity.vmid, lock: 'clone' }),
    );
  });

  test('that a person unlocked half made is destroyed and made anew', async () => {
    const reserved = await sim.current.shop.machine();
    await perform(() => sim.current.shop.activities.claimVm(reserved));
    await sim.current.shop.ledger.update(reserved.identity.uuid, { state: 'issued' });
    await sim.current.restart(reserved.identity.vmid, (vm) => {
      delete vm.config['scsi0'];
      // As its template was.
      vm.config['protection'] = '1';
    });

    const { vmid } = await perform(() => sim.current.shop.activities.claimVm(reserved));

    expect(vmid).toBe(reserved.identity.vmid);
    expect(await sim.current.shop.client.vmConfig({ host: 'hv5', vmid })).toHaveProperty('scsi0');
  });

  test('is made on another host than its template where the storage is shared', async () => {
    const reserved = await sim.current.shop.machine({ source: SHARED, storage: 'ceph-vm', host: 'hv7' });

    const claimed = await perform(() => sim.current.shop.activities.claimVm(reserved));
    await perform(() => sim.current.shop.activities.removeVm({ identity: reserved.identity }));

    expect(claimed).toEqual({ vmid: reserved.identity.vmid, host: 'hv7' });
    sim.current.expectNothingLeft();
  });

  test('shares the disk of its template when it is a linked one', async () => {
    const reserved = await sim.current.shop.machine({ source: LINKED });

    await sim.current.wholeLife(reserved);

    sim.current.expectNothingLeft();
  });

  test('of twelve machines at once is asked for two at a time where it holds the lock of the storage', async () => {
    const machines = [];
    for (let index = 0; index < 12; index += 1)
      machines.push(await sim.current.shop.machine({ source: LINKED }));
    sim.current.latency.hold('proxmox.linked-clone');
    const claiming = Promise.all(
      machines.map((one) => perform(() => sim.current.shop.activities.claimVm(one))),
    );
    await until(() => sim.current.runningTasks().length === 2);
    // A third one would have been asked for by the time that these are answered.
    let most = 0;
    for (let call = 0; call < 20; call += 1) {
      await sim.current.shop.client.nodes();
      most = Math.max(most, sim.current.runningTasks().length);
    }
    sim.current.latency.release('proxmox.linked-clone');

    await claiming;

    // One that waits too long for the lock gives up, and is asked for again.
    expect(most).toBeLessThanOrEqual(2);
    expect(sim.current.vmids()).toHaveLength(12);
  });
});
