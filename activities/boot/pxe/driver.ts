/** PXE: the machine boots over the network until its own disk can be booted from. */
import { arm, armingProblems } from '../arming.js';
import { bootOrder, configurationSource, diskSlot, mediaOptions } from '../configuration.js';
import { detachMedia } from '../detach-media.js';
import { disarm } from '../disarm.js';
import type { BootMethodDriver, BootTarget } from '../driver.js';
import { isSeedOf, prepareSeedMedium, removeSeedMedium, seedMediumProblems } from '../seed-medium.js';
import { ledgeredMachine } from '../../proxmox/owned-vm.js';

/** The interface in the cluster's network: its MAC address is the one that the boot service is armed for. */
const FIRST_INTERFACE = 'net0';

export const pxeDriver: BootMethodDriver = {
  async prepare(context, request) {
    if (isByMedium(request)) await prepareSeedMedium(context, request);
    await arm(context, request);
  },

  async configure(context, target: BootTarget) {
    const source = await configurationSource(context, target);
    if (source === null) return {};
    const { seed, smbios1 } = source;
    return {
      ...bootOrder([diskSlot(target), FIRST_INTERFACE]),
      ...mediaOptions(target, seed === null ? [] : [seed]),
      smbios1,
    };
  },

  async validate(context, request) {
    return [
      ...(isByMedium(request) ? await seedMediumProblems(context, request) : []),
      ...(await armingProblems(context, request)),
    ];
  },

  async cleanUp(context, request) {
    await disarm(context, request);
    if (!isByMedium(request)) return;
    const machine = await ledgeredMachine(context, request.identity);
    await detachMedia(context, machine, isSeedOf(request.identity.uuid));
    await removeSeedMedium(context, request);
  },
};

function isByMedium({ machine }: Parameters<BootMethodDriver['cleanUp']>[1]): boolean {
  return machine.boot.delivery === 'MEDIUM';
}
