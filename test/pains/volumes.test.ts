/** Data that is not ours: disks that came to a machine after it was made. */
import { describe, expect, test } from '@jest/globals';
import { aFaultySimulator, SHARED } from '../contract/proxmox/faulty-simulator.js';
import { perform, type ReservedMachine } from '../contract/proxmox/workshop.js';
import { changeByHand, isRunning } from './administrator.js';

const ON_SHARED = { source: SHARED, storage: 'ceph-vm', host: 'hv6' };

/** A new disk. */
const ATTACHED = { scsi1: 'local-zfs:4' };

const sim = aFaultySimulator();

async function configured(change = {}): Promise<ReservedMachine> {
  const reserved = await sim.current.shop.machine(change);
  await sim.current.configured(reserved);
  return reserved;
}

const remove = (machine: ReservedMachine): Promise<void> =>
  perform(() => sim.current.shop.activities.removeVm(machine));
const disks = (): string[] => sim.current.target.simulator.inspect().volumes.map(({ volid }) => volid);

describe('removing a machine destroys the disks that it was made with, and no other', () => {
  test.each([
    [
      'that a person attached to it',
      (machine: ReservedMachine) => changeByHand(sim.current, machine, ATTACHED),
    ],
    [
      'that a person detached from it again, and kept',
      async (machine: ReservedMachine) => {
        await changeByHand(sim.current, machine, ATTACHED);
        await changeByHand(sim.current, machine, { delete: 'scsi1' });
      },
    ],
  ])('one %s keeps it from being removed until a person decides', async (_what, attach) => {
    const machine = await configured({ role: 'WORKER' });
    const volume = `local-zfs:vm-${machine.identity.vmid}-disk-1`;
    await perform(() => sim.current.shop.activities.startVm(machine));
    await attach(machine);

    await expect(remove(machine)).rejects.toMatchObject({
      code: 'DISK_NOT_OURS',
      kind: { retry: 'never' },
      message: expect.stringContaining(volume),
    });

    expect(disks()).toContain(volume);
    expect(isRunning(sim.current, machine.identity.vmid)).toBe(true);
  });

  test('a volume that a storage driver named for a VM of its own is detached and stays', async () => {
    const [owner, machine] = [
      await configured({ ...ON_SHARED, role: 'WORKER' }),
      await configured({ ...ON_SHARED, role: 'WORKER' }),
    ];
    await changeByHand(sim.current, owner, { scsi1: 'ceph-vm:4' });
    const volume = `ceph-vm:vm-${owner.identity.vmid}-disk-1`;
    await changeByHand(sim.current, machine, { scsi2: volume });
    const destroying = sim.current.fault('before', '^DELETE /nodes/hv6/qemu/', { kind: 'hold' });

    const removing = remove(machine);
    await sim.current.target.faults.hit(destroying);
    const configAtDestroy = JSON.stringify(
      await sim.current.shop.client.vmConfig({ host: 'hv6', vmid: machine.identity.vmid }),
    );
    sim.current.target.faults.remove(destroying);
    await removing;

    expect(configAtDestroy).not.toContain(volume);
    expect(disks()).toEqual([`ceph-vm:vm-${owner.identity.vmid}-disk-0`, volume]);
  });

  test('the VM of a control plane cannot be removed by hand, and still is by us', async () => {
    const machine = await configured();
    const { vmid } = machine.identity;

    const byHand = sim.current.shop.client.destroyVm({ host: 'hv5', vmid });
    await expect(byHand).rejects.toMatchObject({ message: expect.stringContaining('protection mode') });
    await remove(machine);

    sim.current.expectNothingLeft();
  });
});
