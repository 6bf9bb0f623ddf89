/** Revokes what a machine could fetch, and takes the address of it out of its VM. */
import { Context } from '@temporalio/activity';
import { smbiosText } from '../../domain/boot/smbios.js';
import { fail } from '../../domain/errors.js';
import type { MachineIdentity } from '../../domain/machine.js';
import type { VmAddress } from '../proxmox/client.js';
import { requireUnlocked } from '../proxmox/config-lock.js';
import type { ProxmoxContext } from '../proxmox/dependencies.js';
import { configDifference } from '../proxmox/desired-config.js';
import { readVm } from '../proxmox/locate.js';
import { ledgeredMachine, ownedVm, requireOurs } from '../proxmox/owned-vm.js';
import { waitForTask } from '../proxmox/tasks.js';

/** First the token, which is the secret. A running VM shows its old SMBIOS until it is switched off and on. */
export async function disarm(
  context: ProxmoxContext,
  request: { readonly identity: MachineIdentity },
): Promise<void> {
  const { client, boots } = context;
  const machine = await ledgeredMachine(context, request.identity);
  await boots.disarm(machine.row.uuid);
  const wanted = { smbios1: smbiosText({ uuid: machine.row.uuid, noCloudUrl: null }) };
  const differs = async (address: VmAddress): Promise<boolean> => {
    const config = await client.nextVmConfig(address, Context.current().cancellationSignal);
    return 'smbios1' in configDifference(config, wanted);
  };
  let vm = await ownedVm(context, machine);
  if (!(await differs(vm.address))) return;
  await requireUnlocked(client, vm);
  vm = await readVm(client, vm.address);
  requireOurs(vm, machine);
  const { digest } = vm.config;
  const change = { ...wanted, ...(digest === undefined ? {} : { digest }) };
  await waitForTask(
    client,
    await client.changeConfig(vm.address, change, Context.current().cancellationSignal),
  );
  if (await differs(vm.address))
    throw fail('STEP_NOT_VERIFIED', `VM ${vm.address.vmid} would still be given an address in its SMBIOS`);
}
