/** Switches VMs on and off, and sees that they are. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import type { MachineIdentity } from '../../domain/machine.js';
import { requireUnlocked } from './config-lock.js';
import type { ProxmoxContext } from './dependencies.js';
import { isMissingConfig } from './errors.js';
import { haWord, isHaManaged, requestHaStop } from './ha.js';
import { locateVm, type LocatedVm } from './locate.js';
import { ledgeredMachine, ownedVm, requireOurs, type LedgeredMachine } from './owned-vm.js';
import type { VmStatus } from './records.js';
import { runTask } from './tasks.js';

const BETWEEN_LOOKS_MS = 250;
/** The task has ended: what is seen is only a little behind. */
const MOST_WAIT_MS = 15_000;
/** What a drained node needs to end its services. */
const SHUTDOWN_SECONDS = 120;
/** High availability begins about ten seconds later, and gives a guest a minute to shut down. */
const MOST_HA_WAIT_MS = 180_000;

export async function startVm(
  context: ProxmoxContext,
  request: { readonly identity: MachineIdentity },
): Promise<void> {
  const { client } = context;
  const signal = Context.current().cancellationSignal;
  const machine = await ledgeredMachine(context, request.identity);
  const vm = await ownedVm(context, machine);
  const status = await client.vmStatus(vm.address, signal);
  if (status.status === 'running') return;
  await requireUnlocked(client, vm);
  // Of one that high availability manages this is a request, whose task ends before anything was done.
  await runTask(client, vm.address, 'qmstart', () => client.startVm(vm.address, signal));
  await requireStatus(context, machine, vm, { wanted: 'running', isManaged: isHaManaged(status) });
}

/**
 * Without asking the guest: it is about to be destroyed. The VM has to be proved to be ours.
 * @throws `HA_NOT_PERMITTED` when high availability would start it again and the token may not tell it otherwise.
 */
export async function stopVm(
  context: ProxmoxContext,
  machine: LedgeredMachine,
  vm: LocatedVm,
): Promise<void> {
  const { client } = context;
  const { address } = vm;
  const signal = Context.current().cancellationSignal;
  const status = await client.vmStatus(address, signal);
  const isManaged = isHaManaged(status);
  if (isManaged) await requestHaStop(client, address.vmid);
  if (status.status === 'stopped') return;
  if (!isManaged) await runTask(client, address, 'qmstop', () => client.stopVm(address, signal));
  await requireStatus(context, machine, vm, { wanted: 'stopped', isManaged });
}

/**
 * Asks the guest, and switches the power off when it does not do it in time. Nothing for a VM that is off.
 * @throws `VM_LOCKED`, `STEP_NOT_VERIFIED`; `MACHINE_NOT_MOVABLE` where high availability would start it again.
 */
export async function shutDownVm(
  context: ProxmoxContext,
  request: { readonly identity: MachineIdentity },
): Promise<void> {
  const { client } = context;
  const signal = Context.current().cancellationSignal;
  const machine = await ledgeredMachine(context, request.identity);
  const vm = await ownedVm(context, machine);
  const status = await client.vmStatus(vm.address, signal);
  if (status.status === 'stopped') return;
  if (isHaManaged(status)) {
    const detail = `high availability manages VM ${vm.address.vmid}, and would start it again`;
    throw fail('MACHINE_NOT_MOVABLE', detail);
  }
  await requireUnlocked(client, vm);
  await runTask(client, vm.address, 'qmshutdown', () =>
    client.shutDownVm(vm.address, { timeoutSeconds: SHUTDOWN_SECONDS }, signal),
  );
  await requireStatus(context, machine, vm, { wanted: 'stopped', isManaged: false });
}

async function requireStatus(
  { client }: ProxmoxContext,
  machine: LedgeredMachine,
  vm: LocatedVm,
  { wanted, isManaged }: { readonly wanted: VmStatus['status']; readonly isManaged: boolean },
): Promise<void> {
  const activity = Context.current();
  const most = isManaged ? MOST_HA_WAIT_MS : MOST_WAIT_MS;
  let { address } = vm;
  for (const startedAt = Date.now(); Date.now() - startedAt < most;) {
    try {
      const { status } = await client.vmStatus(address, activity.cancellationSignal);
      if (status === wanted) return;
    } catch (error) {
      if (!isMissingConfig(error)) throw error;
      // High availability, or a person, moved it meanwhile; or another attempt destroyed it.
      const location = await locateVm(client, address.vmid, null);
      if (location.kind === 'absent' && wanted === 'stopped') return;
      if (location.kind !== 'found') throw error;
      requireOurs(location.vm, machine);
      ({ address } = location.vm);
    }
    activity.heartbeat({ waitingFor: `VM ${address.vmid} to be ${wanted}` });
    await activity.sleep(BETWEEN_LOOKS_MS);
  }
  const word = isManaged ? await haWord(client, address.vmid) : '';
  throw fail('STEP_NOT_VERIFIED', `VM ${address.vmid} on ${address.host} is not ${wanted}${word}`);
}
