/** Removes a machine's VM and its media, until it is proved that nothing of them is left. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import type { MachineIdentity } from '../../domain/machine.js';
import { abandonedLock, lockState } from './config-lock.js';
import type { ProxmoxContext } from './dependencies.js';
import { destroyVm } from './destroy.js';
import { leaveHa } from './ha.js';
import { detachLent, requireOwnDisks } from './own-disks.js';
import { isFree, locateVm, readVm, type LocatedVm, type Location } from './locate.js';
import { isStranger, objectionsTo, requireOurs, type LedgeredMachine } from './owned-vm.js';
import { stopVm } from './power.js';
import { withoutOwnProtection } from './protection.js';
import { requireQuorum } from './quorum.js';
import { removeSeed } from './remove-seed.js';
import { runningTasks, taskOutcome } from './tasks.js';
import { deleteVolume, disksOf, onlineHosts } from './volumes.js';

export interface RemoveHeartbeat {
  /** Disks that the VM had: they may go even when its configuration no longer names them. */
  readonly volumes: readonly string[];
}

/** A machine that the ledger does not know was never made: its row comes first. */
export async function removeVm(
  context: ProxmoxContext,
  request: { readonly identity: MachineIdentity },
): Promise<void> {
  const { ledger } = context;
  const row = await ledger.get(request.identity.uuid);
  if (row === undefined || row.state === 'removed') return;
  await removeMachine(context, { row, identity: { ...request.identity, vmid: row.vmid } });
}

/** Whatever the ledger says of the machine: its state here is how its VM has to be proved. */
export async function removeMachine(context: ProxmoxContext, machine: LedgeredMachine): Promise<void> {
  const { ledger } = context;
  const { row } = machine;
  const hosts = await onlineHosts(context.client);
  await awaitClone(context, machine, hosts);
  const location = await locateVm(context.client, row.vmid, row.host);
  if (!wasNeverMade(machine, location)) await removeGuest(context, machine, location, hosts);
  await removeSeed(context, machine);
  await context.boots.disarm(row.uuid);
  await ledger.update(row.uuid, { state: 'removed', upid: null });
}

/** A stranger took the number before the machine's clone was made: there is nothing of ours to remove. */
function wasNeverMade(machine: LedgeredMachine, location: Location): boolean {
  const { state } = machine.row;
  if (location.kind === 'hidden') return state === 'intent';
  if (location.kind === 'absent' || state === 'observed' || state === 'done') return false;
  // While a clone's configuration holds nothing but a lock, whose it is cannot be told.
  const isBare = location.vm.config.lock !== undefined && location.vm.observed.name === null;
  return isStranger(location.vm, machine) && (state === 'intent' || !isBare);
}

async function removeGuest(
  context: ProxmoxContext,
  machine: LedgeredMachine,
  location: Location,
  hosts: readonly string[],
): Promise<void> {
  const { ledger } = context;
  const { row } = machine;
  if (location.kind === 'hidden') {
    throw fail(
      'IDENTITY_MISMATCH',
      `VMID ${row.vmid} of ${row.name} belongs to a guest that the token may not see`,
    );
  }
  let lastHost = row.host;
  const recorded = await ledger.volumesOf(row.uuid);
  let volumes: readonly string[] = [...volumesBefore(), ...recorded.map(({ volume }) => volume)];
  let isDestroyed = false;
  if (location.kind === 'found') {
    const vm = await unlockedVm(context, machine, location.vm, hosts);
    // Before it is touched: a person may have to decide first.
    const { own } = await requireOwnDisks(context, machine, vm);
    volumes = [...new Set([...volumes, ...own.map(({ volume }) => volume)])];
    Context.current().heartbeat({ volumes } satisfies RemoveHeartbeat);
    lastHost = vm.address.host;
    await ledger.update(row.uuid, { host: lastHost });
    await stopVm(context, machine, vm);
    isDestroyed = await destroyAsNow(context, machine, lastHost);
  }
  await proveGone(context, machine, { hosts, lastHost, volumes, isDestroyed });
}

/** A clone that was asked for may still be under way, and be seen nowhere yet. */
async function awaitClone(
  { client }: ProxmoxContext,
  { row }: LedgeredMachine,
  hosts: readonly string[],
): Promise<void> {
  if (row.state !== 'issued') return;
  for (const upid of await runningTasks(client, row.vmid, hosts)) await taskOutcome(client, upid);
}

/** @throws `IDENTITY_MISMATCH` when it is not ours, `VM_LOCKED` when a crash left a lock on it. */
async function unlockedVm(
  { client }: ProxmoxContext,
  machine: LedgeredMachine,
  vm: LocatedVm,
  hosts: readonly string[],
): Promise<LocatedVm> {
  if (vm.config.lock !== undefined && (await lockState(client, vm, hosts)) === 'abandoned') {
    // At first a clone's configuration holds nothing but its lock: whose it is cannot be told then.
    if (vm.observed.name !== null) requireOurs(vm, machine);
    throw abandonedLock(vm);
  }
  const current = await readVm(client, vm.address);
  requireOurs(current, machine);
  return current;
}

/** Stopping took its time: what is destroyed is looked for and at once more. @returns whether it was still there. */
async function destroyAsNow(
  context: ProxmoxContext,
  machine: LedgeredMachine,
  hint: string,
): Promise<boolean> {
  const { client } = context;
  const { vmid } = machine.identity;
  const location = await locateVm(client, vmid, hint);
  if (location.kind !== 'found') return false;
  requireOurs(location.vm, machine);
  const { ha } = await client.vmStatus(location.vm.address, Context.current().cancellationSignal);
  if (ha?.managed === 1) await leaveHa(client, vmid);
  const unprotected = await withoutOwnProtection(client, location.vm, machine);
  const disks = await requireOwnDisks(context, machine, unprotected);
  await destroyVm(context, await detachLent(context, unprotected, disks), machine.identity);
  return true;
}

/** Which disks an earlier attempt was about to free. */
function volumesBefore(): readonly string[] {
  const details = Context.current().info.heartbeatDetails as Partial<RemoveHeartbeat> | undefined;
  return details?.volumes ?? [];
}

/** @throws `RESIDUE_LEFT` with what is left, `PROXMOX_NODE_UNREACHABLE` when the cluster cannot be believed. */
async function proveGone(
  context: ProxmoxContext,
  machine: LedgeredMachine,
  proof: {
    readonly hosts: readonly string[];
    /** Where the VM was seen last. */
    readonly lastHost: string;
    readonly volumes: readonly string[];
    readonly isDestroyed: boolean;
  },
): Promise<void> {
  const { client } = context;
  const { row } = machine;
  const signal = Context.current().cancellationSignal;
  await requireQuorum(client);
  if (!(await isFree(client, row.vmid, signal))) {
    // Numbers are given out again at once: whoever has it now is a stranger.
    if (proof.isDestroyed && !(await isStillOurs(context, machine))) return;
    throw fail('RESIDUE_LEFT', `VM ${row.vmid} is still there`);
  }
  const seen = proof.hosts.filter((host) => host === row.host || host === proof.lastHost);
  const hosts = seen.length > 0 ? seen : proof.hosts;
  const running = await runningTasks(client, row.vmid, hosts);
  if (running.length > 0)
    throw fail('RESIDUE_LEFT', `a task still works on VM ${row.vmid}: ${running.join(', ')}`);
  const known = new Set(proof.volumes);
  for (const disk of await disksOf(client, row.vmid, hosts))
    if (known.has(disk.volid)) await deleteVolume(client, disk);
  const left = await disksOf(client, row.vmid, hosts);
  if (left.length > 0)
    throw fail('RESIDUE_LEFT', left.map(({ host, volid }) => `${volid} on ${host}`).join(', '));
}

async function isStillOurs({ client }: ProxmoxContext, machine: LedgeredMachine): Promise<boolean> {
  const location = await locateVm(client, machine.row.vmid, null);
  return location.kind === 'found' && objectionsTo(location.vm, machine).length === 0;
}
