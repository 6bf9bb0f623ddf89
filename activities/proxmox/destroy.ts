/** Destroys a VM that was proved to be ours. */
import { Context } from '@temporalio/activity';
import type { MachineIdentity } from '../../domain/machine.js';
import { storageName } from './client.js';
import type { ProxmoxContext } from './dependencies.js';
import { ownVolumes } from './drives.js';
import type { LocatedVm } from './locate.js';
import { storageLimits } from './storage-limits.js';
import { runTask } from './tasks.js';

/** The VM has to be stopped. That disks were freed is not proved by the task's success: there they are only warnings. */
export async function destroyVm(
  context: ProxmoxContext,
  vm: LocatedVm,
  { clusterUid: owner }: Pick<MachineIdentity, 'clusterUid'>,
): Promise<void> {
  const { client, limiter } = context;
  const activity = Context.current();
  const signal = activity.cancellationSignal;
  const storages = new Set(ownVolumes(vm.config).map(storageName));
  const limitsOf = await storageLimits(context, vm.address.host);
  await limiter.run(
    [...storages].map((storage) => limitsOf(storage).allocation),
    () => runTask(client, vm.address, 'qmdestroy', () => client.destroyVm(vm.address, signal)),
    { owner, signal, onWait: (waitingFor, ahead) => activity.heartbeat({ waitingFor, ahead }) },
  );
}
