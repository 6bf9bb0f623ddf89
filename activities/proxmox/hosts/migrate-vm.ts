/** Moves a VM of ours to another host, and sees that it is there. */
import { Context } from '@temporalio/activity';
import { ClusterwrightError, fail } from '../../../domain/errors.js';
import type { MachineIdentity } from '../../../domain/machine.js';
import { requireUnlocked } from '../config-lock.js';
import type { ProxmoxContext } from '../dependencies.js';
import { haWord, isHaManaged } from '../ha.js';
import type { LocatedVm } from '../locate.js';
import { ledgeredMachine, ownedVm, type LedgeredMachine } from '../owned-vm.js';
import { requireQuorum } from '../quorum.js';
import { runTask } from '../tasks.js';
import { refusal, volumesOf } from './observe-hosts.js';

const BETWEEN_LOOKS_MS = 500;
/** The task has ended: what is seen is only a little behind. */
const MOST_WAIT_MS = 15_000;
/** High availability begins about ten seconds later, and copies what the VM has in memory. */
const MOST_HA_WAIT_MS = 1_800_000;

export interface MigrateRequest {
  readonly identity: MachineIdentity;
  readonly from: string;
  readonly to: string;
}

export interface Migrated {
  /** Where it is now: another host than was asked for when somebody else moved it meanwhile. */
  readonly host: string;
  readonly isRunning: boolean;
}

/**
 * A VM that is not on `from` any more stays where it is. One whose migration fails is where it was, and runs as before.
 * @throws `MACHINE_NOT_MOVABLE`, `MIGRATION_FAILED`, `VM_LOCKED`, `IDENTITY_MISMATCH`, `STEP_NOT_VERIFIED`
 */
export async function migrateVm(
  context: ProxmoxContext,
  { identity, from, to }: MigrateRequest,
): Promise<Migrated> {
  const { client, ledger } = context;
  const signal = Context.current().cancellationSignal;
  const machine = await ledgeredMachine(context, identity);
  // It may be in the midst of a move that an earlier attempt began.
  await requireUnlocked(client, await ownedVm(context, machine));
  const vm = await ownedVm(context, machine);
  const before = await client.vmStatus(vm.address, signal);
  const isRunning = before.status === 'running';
  if (vm.address.host === from) {
    await requireQuorum(client);
    const withLocalDisks = await requireMovable(context, vm, to);
    const isManaged = isHaManaged(before);
    await moved(context, { machine, vm, to, isManaged }, () =>
      client.migrateVm(vm.address, { target: to, online: isRunning, withLocalDisks }, signal),
    );
  }
  const { address } = await ownedVm(context, machine);
  const after = await client.vmStatus(address, signal);
  if (isRunning && after.status !== 'running') {
    throw fail('STEP_NOT_VERIFIED', `VM ${address.vmid} is on ${address.host}, and does not run there`);
  }
  await ledger.update(machine.row.uuid, { host: address.host });
  return { host: address.host, isRunning: after.status === 'running' };
}

/** As it is now: since the plan was made a medium may have been attached. @returns whether disks have to be copied. */
async function requireMovable({ client }: ProxmoxContext, vm: LocatedVm, to: string): Promise<boolean> {
  const record = await client.migration(vm.address, Context.current().cancellationSignal);
  const media = volumesOf(record, true);
  const objections = [
    ...(media.length === 0 ? [] : [`it has the local medium ${media.join(', ')}`]),
    ...(record.local_resources.length === 0
      ? []
      : [`devices of the host are passed through to it: ${record.local_resources.join(', ')}`]),
    ...[refusal(record, to)].filter((reason) => reason !== null),
  ];
  if (objections.length > 0) {
    throw fail('MACHINE_NOT_MOVABLE', `VM ${vm.address.vmid} to ${to}: ${objections.join('; ')}`);
  }
  return volumesOf(record, false).length > 0;
}

interface Moving {
  readonly machine: LedgeredMachine;
  readonly vm: LocatedVm;
  readonly to: string;
  readonly isManaged: boolean;
}

/** What is seen decides, whatever the task says. */
async function moved(context: ProxmoxContext, moving: Moving, ask: () => Promise<string>): Promise<void> {
  const { vm, to, isManaged } = moving;
  try {
    // Of one that high availability manages this is a request, whose task ends before anything was done.
    await runTask(context.client, vm.address, isManaged ? 'hamigrate' : 'qmigrate', ask);
  } catch (error) {
    if (!(error instanceof ClusterwrightError)) throw error;
    const { address } = await ownedVm(context, moving.machine);
    if (address.host !== vm.address.host) return;
    if (error.code !== 'PROXMOX_TASK_FAILED') throw error;
    const { vmid, host } = address;
    throw fail('MIGRATION_FAILED', `VM ${vmid} is still on ${host}, and not on ${to}: ${error.message}`, {
      cause: error,
    });
  }
  await requireLeft(context, moving);
}

async function requireLeft(context: ProxmoxContext, { machine, vm, to, isManaged }: Moving): Promise<void> {
  const activity = Context.current();
  const most = isManaged ? MOST_HA_WAIT_MS : MOST_WAIT_MS;
  const { vmid, host } = vm.address;
  for (const startedAt = Date.now(); Date.now() - startedAt < most;) {
    const seen = await ownedVm(context, machine);
    if (seen.address.host !== host && seen.config.lock === undefined) return;
    activity.heartbeat({ waitingFor: `VM ${vmid} to be on ${to}` });
    await activity.sleep(BETWEEN_LOOKS_MS);
  }
  const word = isManaged ? await haWord(context.client, vmid) : '';
  throw fail('STEP_NOT_VERIFIED', `VM ${vmid} is still on ${host}, and not on ${to}${word}`);
}
