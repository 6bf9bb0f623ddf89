/** What each boot method makes up for, and what it refuses. */
import { describe, expect, test } from '@jest/globals';
import type { PlannedBoot } from '../../../domain/plan.js';
import { PLAIN_MACHINE } from '../../builders/machine.js';
import { bootsOn, HOST, INSTALLER, NETWORK, PXE, iso } from './booted-machines.js';
import { aFaultySimulator } from './faulty-simulator.js';
import { attempt, perform } from './workshop.js';

const sim = aFaultySimulator();
const { aMachine, readyToBoot, started, cleanUp, configOf, isos, uploadInstaller, change, deleteVolume } =
  bootsOn(sim);

const METHODS: readonly (readonly [string, PlannedBoot])[] = [
  ['TEMPLATE by medium', PLAIN_MACHINE.boot],
  ['TEMPLATE over the network', NETWORK],
  ['ISO by medium', iso('MEDIUM')],
  ['ISO over the network', iso('NETWORK')],
  ['PXE over the network', PXE],
  ['PXE by medium', { ...PXE, delivery: 'MEDIUM' }],
];

describe.each(METHODS)('%s', (_name, boot) => {
  test('whatever is run again changes nothing', async () => {
    await uploadInstaller();
    const { activities } = sim.current.shop;
    const machine = await started(boot);
    const [config, tokens] = [
      await configOf(machine),
      await sim.current.shop.boots.get(machine.identity.uuid),
    ];

    await perform(() => activities.prepareBoot(machine));
    await perform(() => activities.configureVm(machine));
    await perform(() => activities.validateBoot(machine));

    expect(await configOf(machine)).toEqual(config);
    expect(await sim.current.shop.boots.get(machine.identity.uuid)).toEqual(tokens);
    await cleanUp(machine);
    const clean = await sim.current.shop.client.nextVmConfig({ host: HOST, vmid: machine.identity.vmid });
    await cleanUp(machine);
    await perform(() => activities.configureVm(machine));
    expect(await sim.current.shop.client.nextVmConfig({ host: HOST, vmid: machine.identity.vmid })).toEqual(
      clean,
    );
  });

  test('a reply that is lost at any call is made up for', async () => {
    await uploadInstaller();
    const machine = await aMachine(boot);
    const { activities } = sim.current.shop;
    await perform(() => activities.claimVm(machine));
    await perform(() => activities.prepareBoot(machine));
    sim.current.fault('after', '^POST /nodes/hv5/qemu/\\d+/config', { kind: 'drop' });
    await perform(() => activities.configureVm(machine));
    await perform(() => activities.startVm(machine));
    sim.current.fault('after', '^POST /nodes/hv5/qemu/\\d+/config', { kind: 'drop' });

    await cleanUp(machine);

    const config = await sim.current.shop.client.nextVmConfig({ host: HOST, vmid: machine.identity.vmid });
    const media = Object.values(config).filter((value) => /iso\/.*media=cdrom/.test(String(value)));
    expect(media).toEqual([]);
    expect(config['smbios1']).toBe(`uuid=${machine.identity.uuid}`);
    expect(await isos()).toEqual([INSTALLER]);
  });

  test('a VM that somebody changed is not touched', async () => {
    await uploadInstaller();
    const machine = await started(boot);
    await change(machine, { name: 'renamed' });
    const before = await configOf(machine);
    const { activities } = sim.current.shop;

    for (const mutate of [
      () => activities.configureVm(machine),
      () => activities.validateBoot(machine),
      () => activities.cleanUpBoot(machine),
    ]) {
      await expect(attempt<unknown>(mutate)).rejects.toMatchObject({ code: 'IDENTITY_MISMATCH' });
    }

    expect(await configOf(machine)).toEqual(before);
    await change(machine, { name: machine.identity.name });
  });

  test('a machine that is removed cannot fetch anything any more', async () => {
    await uploadInstaller();
    const machine = await started(boot);

    await perform(() => sim.current.shop.activities.removeVm(machine));

    expect(await sim.current.shop.boots.get(machine.identity.uuid)).toBeUndefined();
    expect(await isos()).toEqual([INSTALLER]);
  });

  test('a boot order that somebody changed is named before the machine is switched on', async () => {
    await uploadInstaller();
    const machine = await aMachine(boot);
    await readyToBoot(machine);
    await change(machine, { boot: 'order=net0' });

    const validated = attempt(() => sim.current.shop.activities.validateBoot(machine));

    await expect(validated).rejects.toMatchObject({
      code: 'BOOT_NOT_READY',
      message: expect.stringContaining('boot is "order=net0"'),
    });
  });

  test('a machine that was not prepared is not configured', async () => {
    const machine = await aMachine(boot);
    await perform(() => sim.current.shop.activities.claimVm(machine));

    const configured = attempt(() => sim.current.shop.activities.configureVm(machine));

    await expect(configured).rejects.toMatchObject({ code: 'STEP_NOT_VERIFIED' });
  });
});

test('without a boot service nothing is prepared that would need it', async () => {
  const activities = sim.current.shop.activitiesWith({ bootUrl: null });
  for (const boot of [NETWORK, PXE]) {
    const machine = await aMachine(boot);
    await expect(attempt(() => activities.prepareBoot(machine))).rejects.toMatchObject({
      code: 'BOOT_SERVICE_OFF',
    });
  }
  const machine = await aMachine(PLAIN_MACHINE.boot);
  await perform(() => activities.prepareBoot(machine));
});

test('a medium that went away is named before the machine is switched on', async () => {
  const machine = await aMachine(PLAIN_MACHINE.boot);
  await readyToBoot(machine);
  const [volume = ''] = await isos();
  await deleteVolume(volume);

  const validated = attempt(() => sim.current.shop.activities.validateBoot(machine));

  await expect(validated).rejects.toMatchObject({
    code: 'BOOT_NOT_READY',
    message: expect.stringContaining(`${volume} is not on ${HOST}`),
  });
});
