/** Whether what the Proxmox cluster says can be believed. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import type { ProxmoxClient } from './client.js';

/** @throws `PROXMOX_NODE_UNREACHABLE` when the cluster has no quorum. */
export async function requireQuorum(client: Pick<ProxmoxClient, 'clusterStatus'>): Promise<void> {
  const status = await client.clusterStatus(Context.current().cancellationSignal);
  if (status.some(({ type, quorate }) => type === 'cluster' && quorate !== 1)) {
    throw fail('PROXMOX_NODE_UNREACHABLE', 'the Proxmox cluster has no quorum: what it says may be old');
  }
}
