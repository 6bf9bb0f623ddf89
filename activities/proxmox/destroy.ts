/** Destroys a VM that was proved to be ours. */
import { Context } from '@temporalio/activity';
import { storageName } from './client.js';
import type { ProxmoxContext } from './dependencies.js';
import { ownVolumes } from './drives.js';
import type { LocatedVm } from './locate.js';
import { waitForTask } from './tasks.js';

/** The VM has to be stopped. That disks were freed is not proved by the task's success: there they are only warnings. */
export async function destroyVm(context: ProxmoxContext, vm: LocatedVm): Promise<void> {
  const { client, limiter, limits } = context;
  const activity = Context.current();
  const signal = activity.cancellationSignal;
  const storages = new Set(ownVolumes(vm.config).map(storageName));
  await limiter.run(
    [...storages].map((storage) => ({ key: `allocations:${storage}`, most: limits.allocationsPerStorage })),
    async () => waitForTask(client, await client.destroyVm(vm.address, signal)),
    { signal, onWait: (waitingFor) => activity.heartbeat({ waitingFor }) },
  );
}
