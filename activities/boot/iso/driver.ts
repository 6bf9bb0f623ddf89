/** ISO: the machine boots an installation medium until its own disk can be booted from. */
import { fail } from '../../../domain/errors.js';
import type { PlannedMachine } from '../../../domain/plan.js';
import { ledgeredMachine } from '../../proxmox/owned-vm.js';
import { findIso } from '../../proxmox/volumes.js';
import { bootOrder, configurationSource, diskSlot, mediaOptions } from '../configuration.js';
import { detachMedia } from '../detach-media.js';
import type { BootMethodDriver } from '../driver.js';
import { isSeedOf } from '../seed-medium.js';
import { templateDriver } from '../template/driver.js';

export const isoDriver: BootMethodDriver = {
  async prepare(context, request) {
    bootMedium(request.machine);
    // The configuration comes by the same ways.
    await templateDriver.prepare(context, request);
  },

  async configure(context, target) {
    const source = await configurationSource(context, target);
    if (source === null) return {};
    const { seed, smbios1 } = source;
    const medium = bootMedium(target.planned);
    const media = mediaOptions(target, seed === null ? [medium] : [medium, seed]);
    const [mediumSlot = ''] = Object.keys(media).filter((slot) => media[slot]?.startsWith(`${medium},`));
    // An empty disk cannot be booted from; once the system is on it, it comes first.
    return { ...bootOrder([diskSlot(target), mediumSlot]), ...media, smbios1 };
  },

  async validate(context, request) {
    const medium = bootMedium(request.machine);
    const found = await findIso(context.client, medium, request.machine.host);
    const isHere = found.some(({ host }) => host === request.machine.host);
    return [
      ...(isHere ? [] : [`the boot medium ${medium} is not on ${request.machine.host}`]),
      ...(await templateDriver.validate(context, request)),
    ];
  },

  async cleanUp(context, request) {
    const { identity, machine } = request;
    const medium = bootMedium(machine);
    const isSeed = isSeedOf(identity.uuid);
    // Other machines boot from the same medium: it is taken out, never deleted.
    await detachMedia(
      context,
      await ledgeredMachine(context, identity),
      (volume) => volume === medium || isSeed(volume),
    );
    await templateDriver.cleanUp(context, request);
  },
};

function bootMedium({ name, boot }: PlannedMachine): string {
  if (boot.iso === null) throw fail('BOOT_DOCUMENT_INVALID', `${name} boots by ISO and has no medium`);
  return boot.iso.volume;
}
