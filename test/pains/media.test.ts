/** How a machine is told what it is to be: by the API alone, where it will look, and no longer than it needs. */
import { describe, expect, test } from '@jest/globals';
import type { PlannedBoot } from '../../domain/plan.js';
import { DEFAULT_INVENTORY, type LabStorage } from '../../lab/proxmox/lab-inventory.js';
import { PLAIN_MACHINE } from '../builders/machine.js';
import { aFaultySimulator, SHARED } from '../contract/proxmox/faulty-simulator.js';
import { simulatorTarget } from '../contract/proxmox/simulator-target.js';
import { attempt, aWorkshop, BOOT_URL, perform } from '../contract/proxmox/workshop.js';
import { administer, hostOf, isRunning } from './administrator.js';
import { bootable, bootedOnce, readyToBoot } from './first-boot.js';

const ON_SHARED = { source: SHARED, storage: 'ceph-vm', host: 'hv6' };
/** Options that name files which only a shell on the host can write, or that only root may set. */
const NEEDS_A_SHELL = /snippets|cicustom|hookscript|^args$/;

const sim = aFaultySimulator();

describe('a machine is given its configuration without a shell on any host', () => {
  test.each<[PlannedBoot['delivery'], string]>([
    ['MEDIUM', 'a medium that the API uploaded'],
    ['NETWORK', 'the boot service'],
  ])('%s: by %s', async (delivery) => {
    const { shop } = sim.current;
    const boot = { ...PLAIN_MACHINE.boot, delivery };
    const machine = bootable(await shop.machine({ boot }));

    await readyToBoot(shop.activities, machine);

    const { vmid, uuid } = machine.identity;
    const config = await shop.client.vmConfig({ host: 'hv5', vmid });
    const uploaded = sim.current.target.simulator.inspect().isos.map(({ volid }) => volid);
    const serial = /serial=(\S+)/.exec(String(config['smbios1']))?.[1] ?? '';
    expect(
      Object.entries(config)
        .flat()
        .filter((text) => NEEDS_A_SHELL.test(String(text))),
    ).toEqual([]);
    if (delivery === 'MEDIUM') {
      expect(uploaded).toEqual([expect.stringMatching(`^local:iso/.*${uuid}`)]);
      expect(config['ide2']).toContain(`${uploaded[0]},media=cdrom`);
    } else {
      expect(uploaded).toEqual([]);
      expect(Buffer.from(serial, 'base64').toString()).toContain(`ds=nocloud-net;s=${BOOT_URL}/`);
    }
  });
});

test('a medium on a storage that hosts share is found there, and missed before its machine is started', async () => {
  const nas: LabStorage = { id: 'nas', type: 'dir', content: ['iso'], shared: true, capacityGiB: 100 };
  // No host has a storage of its own for media.
  const storages = DEFAULT_INVENTORY.storages.map((storage) =>
    storage.id === 'local' ? { ...storage, content: ['import' as const] } : storage,
  );
  const inventory = { ...DEFAULT_INVENTORY, storages: [...storages, nas], files: [] };
  const target = await simulatorTarget({ inventory });
  const shop = await aWorkshop({ ...target, isoStorage: 'nas' });
  const { activities, client } = shop;
  const machine = bootable(await shop.machine({ ...ON_SHARED, host: 'hv7' }));

  await readyToBoot(activities, machine);
  const [medium] = target.simulator.inspect().isos;
  const { vmid } = machine.identity;
  const config = await client.vmConfig({ host: 'hv7', vmid });
  await client.deleteVolume('hv6', medium?.volid ?? '');
  const validating = attempt(() => activities.validateBoot(machine));

  expect(medium).toMatchObject({ node: null, volid: expect.stringMatching(/^nas:iso\//) });
  expect(config['ide2']).toContain(`${medium?.volid},media=cdrom`);
  await expect(validating).rejects.toMatchObject({
    code: 'BOOT_NOT_READY',
    message: expect.stringContaining(medium?.volid ?? ''),
  });
  await shop.close();
  await target.close();
});

test('no medium stays in a drive after the first boot, so that the machine can be moved while it runs', async () => {
  const { shop, target } = sim.current;
  const machine = bootable(await shop.machine(ON_SHARED));
  const { vmid } = machine.identity;
  await bootedOnce(shop.activities, machine);

  const path = `/nodes/hv6/qemu/${vmid}/migrate`;
  const before = await administer<{ local_disks: unknown[] }>(target, 'GET', path);
  const upid = await administer<string>(target, 'POST', path, { target: 'hv7', online: '1' });
  await sim.current.settled(upid);

  expect(before.local_disks).toEqual([]);
  expect((await shop.client.taskStatus(upid)).exitstatus).toBe('OK');
  expect(hostOf(sim.current, vmid)).toBe('hv7');
  expect(isRunning(sim.current, vmid)).toBe(true);
  expect(target.simulator.inspect().isos).toEqual([]);
  await perform(() => shop.activities.removeVm(machine));
  sim.current.expectNothingLeft();
});
