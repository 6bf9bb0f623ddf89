import { describe, expect, test } from '@jest/globals';
import type { FaultEffect } from '../../../lab/faults.js';
import { aFaultySimulator, LINKED, SHARED, until } from './faulty-simulator.js';
import { attempt, perform } from './workshop.js';

const NO_ROUTE: FaultEffect = { kind: 'status', status: 595, message: 'No route to host' };

const sim = aFaultySimulator();

describe('locks', () => {
  test('that were not to be had in time are waited for by trying again', async () => {
    const reserved = await sim.current.shop.machine();
    const message = "can't lock file '/var/lock/qemu-server/lock-20000.conf' - got timeout";
    sim.current.fault(
      'before',
      '^POST .*/(clone|config|start)$',
      { kind: 'status', status: 500, message },
      3,
    );

    await sim.current.wholeLife(reserved);

    sim.current.expectNothingLeft();
  });

  test('that a crash left on a machine are named with the command that removes them', async () => {
    const reserved = await sim.current.shop.machine();
    const { identity } = reserved;
    await sim.current.configured(reserved);
    await sim.current.restart(identity.vmid, (vm) => (vm.config['lock'] = 'backup'));

    for (const act of [
      () => sim.current.shop.activities.startVm({ identity }),
      () => sim.current.shop.activities.detachSeed({ identity }),
      () => sim.current.shop.activities.removeVm({ identity }),
    ]) {
      await expect(attempt<unknown>(act)).rejects.toMatchObject({
        code: 'VM_LOCKED',
        message: expect.stringContaining(`qm unlock ${identity.vmid}`),
      });
    }

    expect(sim.current.target.simulator.inspect().vms).toEqual([
      expect.objectContaining({ lock: 'backup', running: false }),
    ]);
  });
});

describe('a host that cannot be reached', () => {
  test('does not make its machines gone', async () => {
    const reserved = await sim.current.shop.machine();
    const { identity } = reserved;
    await sim.current.configured(reserved);
    const rule = sim.current.fault('before', '^\\w+ /nodes/hv5/', NO_ROUTE, 1_000);

    const removing = attempt(() => sim.current.shop.activities.removeVm({ identity }));

    await expect(removing).rejects.toMatchObject({ code: 'PROXMOX_NODE_UNREACHABLE' });
    expect(await sim.current.shop.ledger.get(identity.uuid)).toMatchObject({ state: 'done' });
    sim.current.target.faults.remove(rule);
    await perform(() => sim.current.shop.activities.removeVm({ identity }));
    sim.current.expectNothingLeft();
  });
});

describe('a machine that somebody moved to another host', () => {
  test('is found there, and removed with its disk and its medium', async () => {
    const reserved = await sim.current.shop.machine({ source: SHARED, storage: 'ceph-vm', host: 'hv6' });
    const { identity } = reserved;
    await sim.current.configured(reserved);
    await sim.current.restart(identity.vmid, (vm) => {
      vm.node = 'hv7';
      delete vm.config['ide2'];
    });

    await perform(() => sim.current.shop.activities.startVm({ identity }));
    await perform(() => sim.current.shop.activities.removeVm({ identity }));

    sim.current.expectNothingLeft();
  });
});

describe('a removal', () => {
  test('whose disk could not be freed frees it before it calls the machine gone', async () => {
    const [reserved, other] = [
      await sim.current.shop.machine(),
      await sim.current.shop.machine({ source: LINKED }),
    ];
    const { identity } = reserved;
    await sim.current.configured(reserved);
    sim.current.latency.hold('proxmox.linked-clone');
    const cloning = perform(() => sim.current.shop.others.claimVm(other));
    await until(() => sim.current.runningTasks().length > 0);
    const removing = perform(() => sim.current.shop.activities.removeVm({ identity }));
    await until(() => !sim.current.vmids().includes(identity.vmid));
    sim.current.latency.release('proxmox.linked-clone');

    await Promise.all([removing, cloning]);
    await perform(() => sim.current.shop.activities.removeVm({ identity: other.identity }));

    sim.current.expectNothingLeft();
  });

  test('asked for twice at once leaves nothing', async () => {
    const reserved = await sim.current.shop.machine();
    const { identity } = reserved;
    await sim.current.configured(reserved);
    await perform(() => sim.current.shop.activities.startVm({ identity }));

    await Promise.all([
      perform(() => sim.current.shop.activities.removeVm({ identity })),
      perform(() => sim.current.shop.others.removeVm({ identity })),
    ]);

    sim.current.expectNothingLeft();
  });

  test('of a machine that a person protected is refused, unless the protection is the template’s', async () => {
    const [done, claimed] = [
      await sim.current.shop.machine({ role: 'WORKER' }),
      await sim.current.shop.machine(),
    ];
    await sim.current.configured(done);
    await perform(() => sim.current.shop.activities.claimVm(claimed));
    for (const { identity } of [done, claimed]) {
      const upid = await sim.current.shop.client.changeConfig(
        { host: 'hv5', vmid: identity.vmid },
        { protection: 1 },
      );
      await sim.current.settled(upid);
    }

    await perform(() => sim.current.shop.activities.removeVm({ identity: claimed.identity }));
    const removing = attempt(() => sim.current.shop.activities.removeVm({ identity: done.identity }));

    await expect(removing).rejects.toMatchObject({ code: 'PROXMOX_REJECTED' });
    expect(sim.current.vmids()).toEqual([done.identity.vmid]);
  });
});

describe('what a template leaves in its clones', () => {
  test('does not stay: a protection, and a drive with a cloud-init volume of its own', async () => {
    const reserved = await sim.current.shop.machine({ role: 'WORKER' });
    const { vmid } = reserved.identity;
    await perform(() => sim.current.shop.activities.claimVm(reserved));
    await sim.current.restart(vmid, (vm) => {
      Object.assign(vm.config, { protection: '1', ide0: `local-zfs:vm-${vmid}-cloudinit,media=cdrom` });
    });
    await perform(() => sim.current.shop.activities.uploadSeed(reserved.seed));

    await perform(() => sim.current.shop.activities.configureVm(reserved));

    const config = await sim.current.shop.client.vmConfig({ host: 'hv5', vmid });
    expect(config).not.toHaveProperty('protection');
    expect(config).not.toHaveProperty('ide0');
  });
});

describe('a machine that is not what the ledger thinks', () => {
  test('because a stranger took its number before it was made is removed without touching the stranger', async () => {
    const reserved = await sim.current.shop.machine();
    const { vmid, uuid } = reserved.identity;
    await sim.current.stranger(vmid);

    await perform(() => sim.current.shop.activities.removeVm({ identity: reserved.identity }));

    expect(await sim.current.shop.ledger.get(uuid)).toMatchObject({ state: 'removed' });
    expect(sim.current.vmids()).toEqual([vmid]);
  });

  test('because a person renamed it is not given up for another number', async () => {
    const reserved = await sim.current.shop.machine();
    const { vmid, uuid } = reserved.identity;
    await perform(() => sim.current.shop.activities.claimVm(reserved));
    await sim.current.shop.ledger.update(uuid, { state: 'issued' });
    await sim.current.restart(vmid, (vm) => (vm.config['name'] = 'renamed'));

    const claiming = attempt(() => sim.current.shop.activities.claimVm(reserved));

    await expect(claiming).rejects.toMatchObject({ code: 'IDENTITY_MISMATCH' });
    expect(await sim.current.shop.ledger.get(uuid)).toMatchObject({ vmid });
  });

  test('because a backup holds it keeps its number', async () => {
    const reserved = await sim.current.shop.machine();
    const { vmid } = reserved.identity;
    await sim.current.configured(reserved);
    await sim.current.restart(vmid, (vm) => (vm.config['lock'] = 'backup'));

    const claimed = await attempt(() => sim.current.shop.activities.claimVm(reserved));

    expect(claimed.vmid).toBe(vmid);
  });

  test('because its medium went to a storage that is not there is removed all the same', async () => {
    const reserved = await sim.current.shop.machine({ isoStorage: 'no-such' });
    const { identity } = reserved;

    await expect(attempt(() => sim.current.shop.activities.uploadSeed(reserved.seed))).rejects.toMatchObject({
      code: 'PROXMOX_REJECTED',
    });
    await perform(() => sim.current.shop.activities.removeVm({ identity }));

    expect(await sim.current.shop.ledger.get(identity.uuid)).toMatchObject({
      state: 'removed',
      seedVolume: null,
    });
  });
});
