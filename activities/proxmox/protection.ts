/** The flag that keeps a VM from being removed, which a clone inherits of its template. */
import { Context } from '@temporalio/activity';
import type { ProxmoxClient } from './client.js';
import { readVm, type LocatedVm } from './locate.js';
import type { LedgeredMachine } from './owned-vm.js';
import { waitForTask } from './tasks.js';

/**
 * Takes the protection off a VM that is not configured yet. On one that is, it is a person's wish and stays.
 * The VM has to be proved to be ours. @returns the VM as it is then.
 */
export async function withoutInheritedProtection(
  client: ProxmoxClient,
  vm: LocatedVm,
  { row }: LedgeredMachine,
): Promise<LocatedVm> {
  if (row.state === 'done' || Number(vm.config['protection'] ?? 0) !== 1) return vm;
  const { digest } = vm.config;
  const change = { delete: 'protection', ...(digest === undefined ? {} : { digest }) };
  await waitForTask(
    client,
    await client.changeConfig(vm.address, change, Context.current().cancellationSignal),
  );
  return readVm(client, vm.address);
}
