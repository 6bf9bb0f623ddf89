/** The `lock` in a VM's configuration: held while a task works on the VM, left behind when the task crashed. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import type { ProxmoxClient } from './client.js';
import { readVm, type LocatedVm } from './locate.js';
import { runningTasks, taskOutcome } from './tasks.js';

const BETWEEN_LOOKS_MS = 200;
/** A task that is just starting or ending is not seen for a moment. */
const LOOKS_WITHOUT_TASK = 3;

export type LockState = 'unlocked' | 'abandoned';

/**
 * Waits until no task holds the VM any more.
 * @param hosts on which a task may work on it, beside its own.
 */
export async function lockState(
  client: ProxmoxClient,
  vm: LocatedVm,
  hosts: readonly string[],
): Promise<LockState> {
  const { address } = vm;
  let config = vm.config;
  for (let looks = 0; config.lock !== undefined; looks += 1) {
    const running = await runningTasks(client, address.vmid, [address.host, ...hosts]);
    for (const upid of running) await taskOutcome(client, upid);
    if (running.length > 0) looks = 0;
    else if (looks >= LOOKS_WITHOUT_TASK) return 'abandoned';
    else await Context.current().sleep(BETWEEN_LOOKS_MS);
    config = (await readVm(client, address)).config;
  }
  return 'unlocked';
}

/** @throws `VM_LOCKED` when a lock is left that no task holds: no API token can remove it. */
export async function requireUnlocked(client: ProxmoxClient, vm: LocatedVm): Promise<void> {
  if (vm.config.lock === undefined) return;
  if ((await lockState(client, vm, [])) === 'unlocked') return;
  throw abandonedLock(vm);
}

export function abandonedLock({ address, config }: LocatedVm) {
  const { vmid, host } = address;
  return fail(
    'VM_LOCKED',
    `VM ${vmid} has the lock "${config.lock}" and no task runs: on ${host}, qm unlock ${vmid}`,
  );
}
