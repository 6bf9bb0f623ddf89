/** The configuration of a VM that may be gone. */
import { Context } from '@temporalio/activity';
import type { ProxmoxClient, VmAddress } from './client.js';
import { isMissingConfig } from './errors.js';
import type { VmConfig } from './records.js';

/** @returns `undefined` when the VM is not, or no longer, on that host. */
export async function configIfThere(
  client: ProxmoxClient,
  address: VmAddress,
): Promise<VmConfig | undefined> {
  try {
    return await client.vmConfig(address, Context.current().cancellationSignal);
  } catch (error) {
    if (isMissingConfig(error)) return undefined;
    throw error;
  }
}
