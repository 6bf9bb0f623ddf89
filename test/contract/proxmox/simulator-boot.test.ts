/** What each boot method does to a VM and to the boot service, from before the first boot until after it. */
import { describe, expect, test } from '@jest/globals';
import { noCloudUrl } from '../../../domain/boot/boot-urls.js';
import { BOOT_WINDOW_SECONDS } from '../../../store/boot-port.js';
import { PLAIN_MACHINE } from '../../builders/machine.js';
import { aStore, ManualClock } from '../../store/store-builder.js';
import { bootsOn, HOST, INSTALLER, LOGIN, NETWORK, PXE, iso } from './booted-machines.js';
import { aFaultySimulator } from './faulty-simulator.js';
import { attempt, BOOT_URL, perform } from './workshop.js';

const sim = aFaultySimulator();
const { aMachine, readyToBoot, started, cleanUp, configOf, smbiosOf, isos, uploadInstaller, deleteVolume } =
  bootsOn(sim);

describe('TEMPLATE', () => {
  test('by medium boots from its disk alone, and has no medium afterwards', async () => {
    const machine = await started(PLAIN_MACHINE.boot);
    const before = await configOf(machine);

    await cleanUp(machine);

    expect(before).toMatchObject({
      boot: 'order=scsi0',
      smbios1: `uuid=${machine.identity.uuid}`,
      ide2: expect.stringMatching(/^local:iso\/cw-.*,media=cdrom/),
    });
    expect((await configOf(machine))['ide2']).toBe('none,media=cdrom');
    expect(await isos()).toEqual([]);
    expect(await sim.current.shop.boots.get(machine.identity.uuid)).toBeUndefined();
  });

  test('over the network is told by its SMBIOS where to fetch its configuration, once', async () => {
    const { boots } = sim.current.shop;
    const machine = await started(NETWORK);
    const { uuid } = machine.identity;
    const armed = await boots.get(uuid);
    const token = armed?.tokens.documents ?? '';

    const serial = /^uuid=([0-9a-f-]+),base64=1,serial=(\S+)$/.exec(await smbiosOf(machine));
    expect(serial?.[1]).toBe(uuid);
    expect(Buffer.from(serial?.[2] ?? '', 'base64').toString()).toBe(
      `ds=nocloud-net;s=${noCloudUrl(BOOT_URL, token)}`,
    );
    expect(armed?.documents).toMatchObject({
      kind: 'nocloud',
      userData: expect.stringContaining('manual_cache_clean'),
      networkConfig: expect.stringContaining('10.1.107.100/24'),
    });

    await cleanUp(machine);

    expect(await smbiosOf(machine)).toBe(`uuid=${uuid}`);
    expect(await boots.redeem(token, 'documents', '10.1.107.100')).toMatchObject({ kind: 'refused' });
    expect(await isos()).toEqual([]);
  });

  test('over the network leaves the address in the SMBIOS of a running VM only until it is switched off', async () => {
    const { client } = sim.current.shop;
    const machine = await started(NETWORK);
    const address = { host: HOST, vmid: machine.identity.vmid };
    await cleanUp(machine);
    const running = String((await configOf(machine))['smbios1']);

    await sim.current.settled(await client.stopVm(address));
    await sim.current.settled(await client.startVm(address));

    expect(running).toContain('serial=');
    expect((await configOf(machine))['smbios1']).toBe(`uuid=${machine.identity.uuid}`);
  });

  test('a token that was used up is replaced when the boot is prepared again', async () => {
    const clock = new ManualClock();
    const { boots } = await aStore({ now: clock.now });
    const activities = sim.current.shop.activitiesWith({ boots });
    const machine = await aMachine(NETWORK);
    const prepared = async () => {
      await perform(() => activities.prepareBoot(machine));
      await perform(() => activities.configureVm(machine));
      return boots.get(machine.identity.uuid);
    };
    await perform(() => activities.claimVm(machine));
    const first = (await prepared())?.tokens.documents ?? '';
    await boots.redeem(first, 'documents', '10.1.107.77');
    clock.advance(BOOT_WINDOW_SECONDS + 1);

    const early = attempt(() => activities.validateBoot(machine));
    await expect(early).rejects.toMatchObject({
      code: 'BOOT_NOT_READY',
      message: expect.stringContaining('its time is over'),
    });
    const second = (await prepared())?.tokens.documents;

    await perform(() => activities.validateBoot(machine));
    expect(second).not.toBe(first);
  });
});

describe('ISO', () => {
  test('boots its disk and then the medium, and loses both media, of which only ours is deleted', async () => {
    await uploadInstaller();
    const machine = await started(iso('MEDIUM'));
    const before = await configOf(machine);

    await cleanUp(machine);

    expect(before).toMatchObject({
      boot: 'order=scsi0;ide2',
      ide2: expect.stringMatching(/^local:iso\/installer\.iso,media=cdrom/),
      ide0: expect.stringMatching(/^local:iso\/cw-.*,media=cdrom/),
    });
    expect(await configOf(machine)).toMatchObject({ ide0: 'none,media=cdrom', ide2: 'none,media=cdrom' });
    expect(await isos()).toEqual([INSTALLER]);
  });

  test('over the network has the boot medium only', async () => {
    await uploadInstaller();
    const machine = await started(iso('NETWORK'));
    const before = await configOf(machine);

    await cleanUp(machine);

    expect(before['ide0']).toBeUndefined();
    expect(String(before['smbios1'])).toContain('serial=');
    expect((await configOf(machine))['ide2']).toBe('none,media=cdrom');
    expect(await isos()).toEqual([INSTALLER]);
  });

  test('a boot medium that went away is named before the machine is switched on', async () => {
    await uploadInstaller();
    const machine = await aMachine(iso('MEDIUM'));
    await readyToBoot(machine);
    await deleteVolume(INSTALLER);

    const validated = attempt(() => sim.current.shop.activities.validateBoot(machine));

    await expect(validated).rejects.toMatchObject({
      code: 'BOOT_NOT_READY',
      message: expect.stringContaining(`the boot medium ${INSTALLER} is not on ${HOST}`),
    });
  });
});

describe('PXE', () => {
  test('boots its disk and then the network, whose boot service knows it until it is done', async () => {
    const { boots } = sim.current.shop;
    const machine = await started(PXE);
    const mac = machine.identity.mac.toLowerCase();
    const begun = await boots.begin(mac, '10.1.107.100');

    await cleanUp(machine);

    expect(await configOf(machine)).toMatchObject({
      boot: 'order=scsi0;net0',
      smbios1: `uuid=${machine.identity.uuid}`,
    });
    expect(begun).toMatchObject({
      kind: 'granted',
      boot: {
        network: { kernel: 'vmlinuz', kernelArguments: ['console=ttyS0'] },
        documents: { kind: 'nocloud' },
      },
    });
    expect(await boots.begin(mac, '10.1.107.100')).toMatchObject({ reason: 'unknown' });
  });

  test('by medium has its configuration in a drive, and nothing secret in the boot service', async () => {
    const machine = await started({ ...PXE, delivery: 'MEDIUM' });
    const armed = await sim.current.shop.boots.get(machine.identity.uuid);
    const before = await configOf(machine);

    await cleanUp(machine);

    expect(armed?.documents).toEqual({ kind: 'none' });
    expect(String(before['ide2'])).toMatch(/^local:iso\/cw-/);
    expect((await configOf(machine))['ide2']).toBe('none,media=cdrom');
    expect(await isos()).toEqual([]);
  });

  test('an operating system that takes Ignition is given such a document', async () => {
    const boot = { ...PXE, kernelArguments: ['ignition.firstboot', 'ignition.platform.id=metal'] };
    const machine = { ...(await aMachine(boot)), login: { ...LOGIN, packages: [] } };

    await readyToBoot(machine);

    const armed = await sim.current.shop.boots.get(machine.identity.uuid);
    const config = armed?.documents.kind === 'ignition' ? armed.documents.config : '';
    expect(JSON.parse(config)).toMatchObject({
      ignition: { version: '3.3.0' },
      passwd: { users: [{ name: 'ubuntu', sshAuthorizedKeys: LOGIN.sshAuthorizedKeys }] },
    });
  });

  test.each([
    ['without a kernel', { ...PXE, kernel: null }, 'has no kernel'],
    ['with an argument that would be two', { ...PXE, kernelArguments: ['a b'] }, 'is not one argument'],
    [
      'with packages for Ignition',
      { ...PXE, kernelArguments: ['ignition.firstboot'] },
      'installs no packages',
    ],
  ])('%s is refused when it is prepared', async (_title, boot, message) => {
    const machine = await aMachine(boot);

    const prepared = attempt(() => sim.current.shop.activities.prepareBoot(machine));

    await expect(prepared).rejects.toMatchObject({
      code: 'BOOT_DOCUMENT_INVALID',
      message: expect.stringContaining(message),
    });
  });
});
