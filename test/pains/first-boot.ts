/** A machine from its claim to its first start, as the workflow leads it there. */
import type { ProxmoxActivities } from '../../activities/proxmox/activities.js';
import type { BootRequest } from '../../activities/boot/driver.js';
import { perform, type ReservedMachine } from '../contract/proxmox/workshop.js';

export const LOGIN: BootRequest['login'] = {
  user: 'ubuntu',
  sshAuthorizedKeys: ['ssh-ed25519 AAAA first-boot'],
  packages: ['curl'],
  runCmd: ['true'],
  environment: { STAGE: 'first boot' },
};

export type BootableMachine = ReservedMachine & BootRequest;

export function bootable(reserved: ReservedMachine): BootableMachine {
  return { ...reserved, login: LOGIN };
}

export async function readyToBoot(activities: ProxmoxActivities, machine: BootableMachine): Promise<void> {
  await perform(() => activities.claimVm(machine));
  await perform(() => activities.prepareBoot(machine));
  await perform(() => activities.configureVm(machine));
  await perform(() => activities.validateBoot(machine));
}

/** Up to the moment from which on the machine needs nothing of its first boot any more. */
export async function bootedOnce(activities: ProxmoxActivities, machine: BootableMachine): Promise<void> {
  await readyToBoot(activities, machine);
  await perform(() => activities.startVm(machine));
  await perform(() => activities.cleanUpBoot({ identity: machine.identity, machine: machine.machine }));
}
