/** Takes media out of a machine's drives, also while it runs. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import { requireUnlocked } from '../proxmox/config-lock.js';
import type { ProxmoxContext } from '../proxmox/dependencies.js';
import { drivesOf } from '../proxmox/drives.js';
import { readVm, type LocatedVm } from '../proxmox/locate.js';
import { ownedVm, requireOurs, type LedgeredMachine } from '../proxmox/owned-vm.js';
import { waitForTask } from '../proxmox/tasks.js';

/** An attached medium that lies on one host only keeps the machine from being moved to another. */
export async function detachMedia(
  context: ProxmoxContext,
  machine: LedgeredMachine,
  isOne: (volume: string) => boolean,
): Promise<void> {
  const { client } = context;
  const slotsOf = ({ config }: LocatedVm): string[] =>
    drivesOf(config).flatMap(({ slot, volume, isCdrom }) => (isCdrom && isOne(volume) ? [slot] : []));
  let vm = await ownedVm(context, machine);
  if (slotsOf(vm).length === 0) return;
  await requireUnlocked(client, vm);
  vm = await readVm(client, vm.address);
  requireOurs(vm, machine);
  await eject(context, vm, slotsOf(vm));
  vm = await readVm(client, vm.address);
  const left = slotsOf(vm);
  if (left.length > 0)
    throw fail('STEP_NOT_VERIFIED', `VM ${vm.address.vmid} still has a medium in ${left.join(', ')}`);
}

/** A CD-ROM drive of a running machine cannot be unplugged, but its medium can be taken out. */
async function eject({ client }: ProxmoxContext, vm: LocatedVm, slots: readonly string[]): Promise<void> {
  if (slots.length === 0) return;
  const { digest } = vm.config;
  const change = {
    ...Object.fromEntries(slots.map((slot) => [slot, 'none,media=cdrom'])),
    ...(digest === undefined ? {} : { digest }),
  };
  await waitForTask(
    client,
    await client.changeConfig(vm.address, change, Context.current().cancellationSignal),
  );
}
