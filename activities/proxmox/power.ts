/** Switches VMs on and off, and sees that they are. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import type { MachineIdentity } from '../../domain/machine.js';
import type { ProxmoxClient, VmAddress } from './client.js';
import { requireUnlocked } from './config-lock.js';
import type { ProxmoxContext } from './dependencies.js';
import type { VmStatus } from './records.js';
import { ledgeredMachine, ownedVm } from './owned-vm.js';
import { waitForTask } from './tasks.js';

/** High availability only queues a request, and does it about ten seconds later. */
const MOST_LOOKS = 60;
const BETWEEN_LOOKS_MS = 250;

export async function startVm(
  context: ProxmoxContext,
  request: { readonly identity: MachineIdentity },
): Promise<void> {
  const { client } = context;
  const signal = Context.current().cancellationSignal;
  const vm = await ownedVm(context, await ledgeredMachine(context, request.identity));
  if (await isRunning(client, vm.address)) return;
  await requireUnlocked(client, vm);
  await waitForTask(client, await client.startVm(vm.address, signal));
  await requireStatus(client, vm.address, 'running');
}

/** At once, without asking the guest: it is about to be destroyed. The VM has to be proved to be ours. */
export async function stopVm(client: ProxmoxClient, address: VmAddress): Promise<void> {
  if (!(await isRunning(client, address))) return;
  await waitForTask(client, await client.stopVm(address, Context.current().cancellationSignal));
  await requireStatus(client, address, 'stopped');
}

async function isRunning(client: ProxmoxClient, address: VmAddress): Promise<boolean> {
  return (await client.vmStatus(address, Context.current().cancellationSignal)).status === 'running';
}

async function requireStatus(
  client: ProxmoxClient,
  address: VmAddress,
  wanted: VmStatus['status'],
): Promise<void> {
  const context = Context.current();
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const { status } = await client.vmStatus(address, context.cancellationSignal);
    if (status === wanted) return;
    context.heartbeat({ waitingFor: `VM ${address.vmid} to be ${wanted}` });
    await context.sleep(BETWEEN_LOOKS_MS);
  }
  throw fail('STEP_NOT_VERIFIED', `VM ${address.vmid} on ${address.host} is not ${wanted}`);
}
