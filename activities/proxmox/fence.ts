/** Switches a machine off, and proves that it does not run any more. */
import { Context } from '@temporalio/activity';
import { ClusterwrightError, fail } from '../../domain/errors.js';
import type { MachineIdentity } from '../../domain/machine.js';
import { requireUnlocked } from './config-lock.js';
import type { ProxmoxContext } from './dependencies.js';
import { isFree, locateVm } from './locate.js';
import { ledgeredMachine, requireOurs } from './owned-vm.js';
import { stopVm } from './power.js';
import { requireQuorum } from './quorum.js';

export interface FencedVm {
  /** `absent`: no guest of the cluster has its VMID any more. */
  readonly vm: 'stopped' | 'absent';
}

/** What says that its host cannot be asked. */
const UNREACHABLE: ReadonlySet<string> = new Set(['PROXMOX_NODE_UNREACHABLE', 'PROXMOX_UNREACHABLE']);

/**
 * Safe to repeat. @throws `FENCE_NOT_PROVED` while the host that holds the VM does not answer or the Proxmox cluster has no
 * quorum, `IDENTITY_MISMATCH`, `VM_LOCKED`, `HA_NOT_PERMITTED`, `STEP_NOT_VERIFIED`
 */
export async function fenceVm(
  context: ProxmoxContext,
  { identity }: { readonly identity: MachineIdentity },
): Promise<FencedVm> {
  try {
    return await stopped(context, identity);
  } catch (error) {
    if (!(error instanceof ClusterwrightError) || !UNREACHABLE.has(error.code)) throw error;
    throw fail('FENCE_NOT_PROVED', `${identity.name}: ${error.message}`, { cause: error });
  }
}

async function stopped(context: ProxmoxContext, identity: MachineIdentity): Promise<FencedVm> {
  const { client } = context;
  await requireQuorum(client);
  const machine = await ledgeredMachine(context, identity);
  const { row } = machine;
  const location = await locateVm(client, row.vmid, null);
  if (location.kind === 'hidden') {
    throw fail('IDENTITY_MISMATCH', `VM ${row.vmid} of ${row.name} belongs to somebody else`);
  }
  if (location.kind === 'found') {
    requireOurs(location.vm, machine);
    await requireUnlocked(client, location.vm);
    await stopVm(context, machine, location.vm);
    // Without a quorum the cluster may have told of an old state all the while.
    await requireQuorum(client);
    return { vm: 'stopped' };
  }
  await requireQuorum(client);
  if (await isFree(client, row.vmid, Context.current().cancellationSignal)) return { vm: 'absent' };
  throw fail('FENCE_NOT_PROVED', `VM ${row.vmid} of ${row.name} was made anew meanwhile`);
}
