/** Machines on the simulator that are booted in each of the ways there are. */
import { createHash } from 'node:crypto';
import type { BootRequest } from '../../../activities/boot/driver.js';
import type { PlannedBoot } from '../../../domain/plan.js';
import { PLAIN_MACHINE } from '../../builders/machine.js';
import type { aFaultySimulator } from './faulty-simulator.js';
import { perform, type ReservedMachine } from './workshop.js';

export const HOST = 'hv5';
export const INSTALLER = 'local:iso/installer.iso';
export const PXE: PlannedBoot = {
  ...PLAIN_MACHINE.boot,
  method: 'PXE',
  delivery: 'NETWORK',
  kernel: 'vmlinuz',
  initrd: 'initrd.img',
  kernelArguments: ['console=ttyS0'],
};
export const NETWORK: PlannedBoot = { ...PLAIN_MACHINE.boot, delivery: 'NETWORK' };

export function iso(delivery: PlannedBoot['delivery']): PlannedBoot {
  const image = { volume: INSTALLER, content: 'iso', url: null, checksum: null } as const;
  return { ...PLAIN_MACHINE.boot, method: 'ISO', delivery, iso: image };
}

export const LOGIN: BootRequest['login'] = {
  user: 'ubuntu',
  sshAuthorizedKeys: ['ssh-ed25519 AAAA contract'],
  packages: ['curl'],
  runCmd: ['true'],
  environment: { STAGE: 'contract' },
};

export type BootedMachine = ReservedMachine & BootRequest;

export function bootsOn(sim: ReturnType<typeof aFaultySimulator>) {
  /** What boots an installer has an empty disk. */
  async function aMachine(boot: PlannedBoot): Promise<BootedMachine> {
    const source = boot.method === 'TEMPLATE' ? {} : { source: { kind: 'empty' } as const };
    const reserved = await sim.current.shop.machine({ boot, ...source });
    return { ...reserved, login: LOGIN };
  }

  /** As the workflow does it, up to the moment before the machine is switched on. */
  async function readyToBoot(machine: BootedMachine): Promise<void> {
    const { activities } = sim.current.shop;
    await perform(() => activities.claimVm(machine));
    await perform(() => activities.prepareBoot(machine));
    await perform(() => activities.configureVm(machine));
    await perform(() => activities.validateBoot(machine));
  }

  async function started(boot: PlannedBoot): Promise<BootedMachine> {
    const machine = await aMachine(boot);
    await readyToBoot(machine);
    await perform(() => sim.current.shop.activities.startVm(machine));
    return machine;
  }

  const cleanUp = ({ identity, machine }: BootedMachine): Promise<void> =>
    perform(() => sim.current.shop.activities.cleanUpBoot({ identity, machine }));

  const configOf = ({ identity }: BootedMachine) =>
    sim.current.shop.client.vmConfig({ host: HOST, vmid: identity.vmid });

  async function smbiosOf(machine: BootedMachine): Promise<string> {
    const { client } = sim.current.shop;
    return String((await client.nextVmConfig({ host: HOST, vmid: machine.identity.vmid }))['smbios1']);
  }

  async function isos(): Promise<string[]> {
    const volumes = await sim.current.shop.client.volumes({ host: HOST, storage: 'local', content: 'iso' });
    // The host has installers of its own.
    return volumes.map(({ volid }) => volid).filter((volid) => /\/(?:cw-|installer\.iso)/.test(volid));
  }

  async function uploadInstaller(): Promise<void> {
    const content = new TextEncoder().encode('an installer');
    const sha256 = createHash('sha256').update(content).digest('hex');
    const upload = { host: HOST, storage: 'local', name: 'installer.iso', content, sha256 };
    await sim.current.settled(await sim.current.shop.client.uploadIso(upload));
  }

  /** As a person would by hand. */
  async function change(machine: BootedMachine, options: Record<string, string>): Promise<void> {
    const { client } = sim.current.shop;
    const address = { host: HOST, vmid: machine.identity.vmid };
    await sim.current.settled(await client.changeConfig(address, options));
  }

  async function deleteVolume(volid: string): Promise<void> {
    const upid = await sim.current.shop.client.deleteVolume(HOST, volid);
    if (upid !== null) await sim.current.settled(upid);
  }

  return {
    aMachine,
    readyToBoot,
    started,
    cleanUp,
    configOf,
    smbiosOf,
    isos,
    uploadInstaller,
    change,
    deleteVolume,
  };
}
