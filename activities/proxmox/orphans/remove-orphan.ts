/** Removes an orphan after all that makes it one was proved anew. */
import { Context } from '@temporalio/activity';
import { fail } from '../../../domain/errors.js';
import { macOf } from '../../../domain/machine.js';
import type { Orphan } from '../../../domain/orphans.js';
import type { KnownMachine } from '../../../store/store.js';
import type { ProxmoxContext } from '../dependencies.js';
import { locateVm } from '../locate.js';
import { requireQuorum } from '../quorum.js';
import { removeMachine, type RemoveHeartbeat } from '../remove-vm.js';
import { armingCandidate } from './find-orphans.js';
import { seenVm, vmCandidate } from './left-vms.js';
import { knownMachine, requireSame, requireVmid } from './proof.js';
import { removeLeftDisk, removeLeftMedium } from './remove-volume.js';

export interface RemoveOrphanRequest {
  readonly orphan: Orphan;
}

/** Shared by all sweeps: it stands in the line for a storage like a cluster. */
const OWNER = 'sweep';

/**
 * @returns false when there is nothing left to remove.
 * @throws `ORPHAN_NOT_REMOVABLE` when it is not, or no longer, proved to be of a cluster of ours that is gone.
 */
export async function removeOrphan(
  context: ProxmoxContext,
  { orphan }: RemoveOrphanRequest,
): Promise<{ readonly removed: boolean }> {
  const activity = Context.current();
  await requireQuorum(context.client);
  // Two workers that were asked for the same: the second one finds it done.
  return context.limiter.run(
    [{ key: `orphan:${orphan.id}`, most: 1 }],
    async () => ({ removed: await remove(context, orphan) }),
    {
      owner: OWNER,
      signal: activity.cancellationSignal,
      onWait: (waitingFor, ahead) => activity.heartbeat({ waitingFor, ahead }),
    },
  );
}

async function remove(context: ProxmoxContext, orphan: Orphan): Promise<boolean> {
  switch (orphan.kind) {
    case 'vm':
      return removeLeftVm(context, orphan);
    case 'medium':
      return removeLeftMedium(context, orphan);
    case 'disk':
      return removeLeftDisk(context, orphan);
    case 'boot-arming':
      return removeLeftArming(context, orphan);
  }
}

async function removeLeftVm(context: ProxmoxContext, orphan: Orphan): Promise<boolean> {
  const { client, orphans } = context;
  const { vmid } = orphan;
  const machine = await knownMachine(context, orphan);
  if (vmid === null || vmid !== machine.vmid)
    throw fail('ORPHAN_NOT_REMOVABLE', `VM ${vmid} is not ${machine.name}, which was VM ${machine.vmid}`);
  const location = await locateVm(client, vmid, orphan.host);
  if (location.kind === 'absent' && !isResumed(machine)) return false;
  if (location.kind === 'hidden')
    throw fail('ORPHAN_NOT_REMOVABLE', `VM ${vmid} belongs to a guest that the token may not see`);
  if (location.kind === 'found') {
    const { address, config } = location.vm;
    const seen = { host: address.host, vm: seenVm(vmid, config) };
    requireSame(orphan, await vmCandidate(context, seen, await orphans.machinesWith([vmid])));
  }
  await requireVmid(context, machine);
  // As one that was configured: then mark, name, tag and UUID are all asked for, at each look.
  const row = { ...machine, state: 'done' as const };
  await removeMachine(context, { row, identity: { ...machine, mac: macOf(machine.uuid) } });
  return true;
}

/** Its VM is gone already: whether it was this removal that destroyed it, so that the rest is still to be done. */
function isResumed({ state }: KnownMachine): boolean {
  const details = Context.current().info.heartbeatDetails as Partial<RemoveHeartbeat> | undefined;
  return state !== 'removed' || details?.volumes !== undefined;
}

async function removeLeftArming({ orphans, boots }: ProxmoxContext, orphan: Orphan): Promise<boolean> {
  const arming = (await orphans.armings()).find(({ machineUuid }) => machineUuid === orphan.uuid);
  if (arming === undefined) return false;
  requireSame(orphan, armingCandidate(arming));
  await boots.disarm(arming.machineUuid);
  return true;
}
