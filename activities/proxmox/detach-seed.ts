/** Takes the cloud-init medium out of a running machine, and deletes it. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import type { MachineIdentity } from '../../domain/machine.js';
import { requireUnlocked } from './config-lock.js';
import type { ProxmoxContext } from './dependencies.js';
import { drivesOf } from './drives.js';
import { readVm, type LocatedVm } from './locate.js';
import { ledgeredMachine, ownedVm, requireOurs } from './owned-vm.js';
import { removeSeed } from './remove-seed.js';
import { machineOfSeed } from './seed-volume.js';
import { waitForTask } from './tasks.js';

/** An attached medium that lies on one host only keeps the machine from being moved to another. */
export async function detachSeed(
  context: ProxmoxContext,
  request: { readonly identity: MachineIdentity },
): Promise<void> {
  const { client } = context;
  const machine = await ledgeredMachine(context, request.identity);
  let vm = await ownedVm(context, machine);
  if (seedSlots(vm, machine.row.uuid).length > 0) {
    await requireUnlocked(client, vm);
    vm = await readVm(client, vm.address);
    requireOurs(vm, machine);
    await eject(context, vm, machine.row.uuid);
    vm = await readVm(client, vm.address);
    const left = seedSlots(vm, machine.row.uuid);
    if (left.length > 0)
      throw fail('STEP_NOT_VERIFIED', `VM ${vm.address.vmid} still has the medium in ${left.join(', ')}`);
  }
  await removeSeed(context, machine);
}

/** A CD-ROM drive of a running machine cannot be unplugged, but its medium can be taken out. */
async function eject({ client }: ProxmoxContext, vm: LocatedVm, uuid: string): Promise<void> {
  const { digest } = vm.config;
  const change = {
    ...Object.fromEntries(seedSlots(vm, uuid).map((slot) => [slot, 'none,media=cdrom'])),
    ...(digest === undefined ? {} : { digest }),
  };
  await waitForTask(
    client,
    await client.changeConfig(vm.address, change, Context.current().cancellationSignal),
  );
}

function seedSlots({ config }: LocatedVm, uuid: string): string[] {
  return drivesOf(config)
    .filter(({ volume }) => machineOfSeed(volume) === uuid)
    .map(({ slot }) => slot);
}
