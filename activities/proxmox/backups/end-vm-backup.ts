/** Has the backup of a VM end that is under way, as nobody waits for it any more. */
import { Context } from '@temporalio/activity';
import type { MachineIdentity } from '../../../domain/machine.js';
import { nodeOf, type ProxmoxClient, type VmAddress } from '../client.js';
import { requireUnlocked } from '../config-lock.js';
import type { ProxmoxContext } from '../dependencies.js';
import { ledgeredMachine, ownedVm } from '../owned-vm.js';
import { taskOutcome } from '../tasks.js';
import { runningBackups } from './running-backups.js';

export interface EndVmBackupRequest {
  readonly identity: MachineIdentity;
}

/** A task that was asked for a moment ago is not seen at once. */
const LOOKS = 4;
const BETWEEN_LOOKS_MS = 250;
/** Place of the user in `UPID:node:pid:pstart:starttime:type:id:user:`. */
const USER = 7;

/**
 * Proxmox VE removes what such a backup has written, and takes the lock off the VM. Backups that others asked for go on.
 * @returns how many were stopped.
 * @throws `VM_LOCKED` where a lock is left.
 */
export async function endVmBackup(
  context: ProxmoxContext,
  { identity }: EndVmBackupRequest,
): Promise<{ readonly stopped: number }> {
  const { client } = context;
  const activity = Context.current();
  const machine = await ledgeredMachine(context, identity);
  const { address } = await ownedVm(context, machine);
  const stopped = new Set<string>();
  for (let look = 1; look <= LOOKS; look += 1) {
    for (const upid of await ownBackups(client, address)) {
      await client.stopTask(nodeOf(upid), upid, activity.cancellationSignal);
      await taskOutcome(client, upid);
      stopped.add(upid);
    }
    if (stopped.size > 0) break;
    await activity.sleep(BETWEEN_LOOKS_MS);
  }
  await requireUnlocked(client, await ownedVm(context, machine));
  return { stopped: stopped.size };
}

async function ownBackups(client: ProxmoxClient, address: VmAddress): Promise<string[]> {
  const running = await runningBackups(client, address);
  return running.filter((upid) => upid.split(':')[USER] === client.tokenId);
}
