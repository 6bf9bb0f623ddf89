/** Asks for a VM and waits for it. */
import { Context } from '@temporalio/activity';
import { makingRank } from '../../../domain/making-rank.js';
import type { PlannedMachine } from '../../../domain/plan.js';
import type { ProxmoxContext } from '../dependencies.js';
import type { LedgeredMachine } from '../owned-vm.js';
import { waitForTask } from '../tasks.js';
import type { VmMaker } from './vm-maker.js';

/** The ledger knows of the VM before it is asked for, and its UPID as soon as there is one. */
export async function issue(
  { client, ledger, limiter }: ProxmoxContext,
  maker: VmMaker,
  ledgered: LedgeredMachine,
  machine: PlannedMachine,
): Promise<void> {
  const { row } = ledgered;
  const activity = Context.current();
  const signal = activity.cancellationSignal;
  await maker.prepare();
  await limiter.run(
    maker.limits,
    async () => {
      await ledger.update(row.uuid, { state: 'issued', upid: null, host: machine.host });
      const upid = await maker.request(ledgered, signal);
      activity.heartbeat({ upid });
      await ledger.update(row.uuid, { upid });
      await waitForTask(client, upid);
    },
    {
      owner: row.clusterUid,
      rank: makingRank(machine),
      signal,
      onWait: (waitingFor, ahead) => activity.heartbeat({ waitingFor, ahead }),
    },
  );
}
