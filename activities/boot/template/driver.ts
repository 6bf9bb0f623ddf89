/** TEMPLATE: the machine's disk is ready to boot; only its configuration is brought to it. */
import { arm, armingProblems } from '../arming.js';
import { bootOrder, configurationSource, diskSlot, mediaOptions } from '../configuration.js';
import { detachMedia } from '../detach-media.js';
import { disarm } from '../disarm.js';
import type { BootMethodDriver } from '../driver.js';
import { isSeedOf, prepareSeedMedium, removeSeedMedium, seedMediumProblems } from '../seed-medium.js';
import { ledgeredMachine } from '../../proxmox/owned-vm.js';

export const templateDriver: BootMethodDriver = {
  prepare: (context, request) =>
    isByMedium(request) ? prepareSeedMedium(context, request) : arm(context, request),

  async configure(context, target) {
    const source = await configurationSource(context, target);
    if (source === null) return {};
    const { seed, smbios1 } = source;
    return {
      ...bootOrder([diskSlot(target)]),
      ...mediaOptions(target, seed === null ? [] : [seed]),
      smbios1,
    };
  },

  validate: (context, request) =>
    isByMedium(request) ? seedMediumProblems(context, request) : armingProblems(context, request),

  async cleanUp(context, request) {
    if (!isByMedium(request)) return disarm(context, request);
    await detachMedia(
      context,
      await ledgeredMachine(context, request.identity),
      isSeedOf(request.identity.uuid),
    );
    await removeSeedMedium(context, request);
  },
};

function isByMedium({ machine }: Parameters<BootMethodDriver['cleanUp']>[1]): boolean {
  return machine.boot.delivery === 'MEDIUM';
}
