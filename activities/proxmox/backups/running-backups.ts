/** Backups of a VM that are under way, or wait for another one on its host. */
import { Context } from '@temporalio/activity';
import type { ProxmoxClient, VmAddress } from '../client.js';

/** @returns their UPIDs, whoever asked for them. A backup of several guests at once does not say whose it is. */
export async function runningBackups(client: ProxmoxClient, { host, vmid }: VmAddress): Promise<string[]> {
  const filter = { source: 'active', vmid } as const;
  const tasks = await client.tasks(host, filter, Context.current().cancellationSignal);
  return tasks
    .filter(({ type, endtime }) => type === 'vzdump' && endtime === undefined)
    .map(({ upid }) => upid);
}
