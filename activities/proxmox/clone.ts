/** Asks for a clone and waits for it. */
import { Context } from '@temporalio/activity';
import type { PlannedMachine } from '../../domain/plan.js';
import type { CloneOptions } from './client.js';
import type { ProxmoxContext } from './dependencies.js';
import { vmDescription } from './description.js';
import type { LocatedVm } from './locate.js';
import type { LedgeredMachine } from './owned-vm.js';
import { waitForTask } from './tasks.js';

/** The ledger knows of the clone before it is asked for, and its UPID as soon as there is one. */
export async function issueClone(
  context: ProxmoxContext,
  { row, identity }: LedgeredMachine,
  machine: PlannedMachine,
  template: LocatedVm,
): Promise<void> {
  const { client, ledger, limiter, limits } = context;
  const activity = Context.current();
  const signal = activity.cancellationSignal;
  const { fullClone } = machine.template;
  const from = template.address.host;
  const options: CloneOptions = {
    newid: row.vmid,
    name: identity.name,
    description: vmDescription(identity, machine),
    full: fullClone,
    ...(fullClone ? { storage: machine.storage } : {}),
    ...(machine.host === from ? {} : { target: machine.host }),
  };
  const storage = fullClone
    ? { key: `copies:${machine.storage}`, most: limits.copiesPerStorage }
    : { key: `allocations:${machine.template.storage}`, most: limits.allocationsPerStorage };
  const host = { key: `clones@${from}`, most: limits.clonesPerHost };
  await limiter.run(
    [storage, host],
    async () => {
      await ledger.update(row.uuid, { state: 'issued', upid: null, host: machine.host });
      const upid = await client.cloneVm(template.address, options, signal);
      activity.heartbeat({ upid });
      await ledger.update(row.uuid, { upid });
      await waitForTask(client, upid);
    },
    { signal, onWait: (waitingFor) => activity.heartbeat({ waitingFor }) },
  );
}
