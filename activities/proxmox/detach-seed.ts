/** Takes the cloud-init medium out of a running machine, and deletes it. */
import type { MachineIdentity } from '../../domain/machine.js';
import { detachMedia } from '../boot/detach-media.js';
import { isSeedOf, removeSeedMedium } from '../boot/seed-medium.js';
import type { ProxmoxContext } from './dependencies.js';
import { ledgeredMachine } from './owned-vm.js';

export async function detachSeed(
  context: ProxmoxContext,
  request: { readonly identity: MachineIdentity },
): Promise<void> {
  const machine = await ledgeredMachine(context, request.identity);
  await detachMedia(context, machine, isSeedOf(machine.row.uuid));
  await removeSeedMedium(context, request);
}
