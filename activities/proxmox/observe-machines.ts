/** Looks what there is of the machines of a cluster, and changes nothing. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import type { MachineIdentity } from '../../domain/machine.js';
import type { MachineSight } from '../../domain/restore/restore-plan.js';
import type { ProxmoxContext } from './dependencies.js';
import { locateVm } from './locate.js';
import { ledgeredMachine, requireOurs } from './owned-vm.js';
import { requireQuorum } from './quorum.js';

export interface ObservedMachine {
  readonly name: string;
  readonly sight: MachineSight;
}

/**
 * A machine counts as gone only where the whole cluster of Proxmox VE says that no guest has its number.
 * @throws `IDENTITY_MISMATCH` when a guest has its number that is not proved to be ours.
 */
export async function observeMachines(
  context: ProxmoxContext,
  { identities }: { readonly identities: readonly MachineIdentity[] },
): Promise<readonly ObservedMachine[]> {
  await requireQuorum(context.client);
  const seen: ObservedMachine[] = [];
  for (const identity of identities) {
    Context.current().heartbeat({ lookingAt: identity.name });
    seen.push({ name: identity.name, sight: await sightOf(context, identity) });
  }
  return seen;
}

async function sightOf(context: ProxmoxContext, identity: MachineIdentity): Promise<MachineSight> {
  const { client } = context;
  const machine = await ledgeredMachine(context, identity);
  const { vmid, host, state } = machine.row;
  // Whatever there is of it was not proved to be made to its end: the removal finds out what it is.
  if (state !== 'done') return 'unfinished';
  const location = await locateVm(client, vmid, host);
  switch (location.kind) {
    case 'absent':
      return 'gone';
    case 'hidden':
      throw fail(
        'IDENTITY_MISMATCH',
        `VMID ${vmid} of ${identity.name} belongs to a guest that the token may not see`,
      );
    case 'found': {
      requireOurs(location.vm, machine);
      const { status } = await client.vmStatus(location.vm.address, Context.current().cancellationSignal);
      return status === 'running' ? 'running' : 'stopped';
    }
  }
}
