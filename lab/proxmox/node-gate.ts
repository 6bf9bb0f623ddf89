/** What stands between a host that took a call and the host, or the quorum, that the call needs. */
import { ApiError, die } from './api-error.js';
import type { Cluster } from './cluster.js';

/** What goes on without quorum: nothing of it writes to the cluster's file system. */
const WITHOUT_QUORUM = /^\/nodes\/[^/]+\/(?:qemu\/\d+\/status\/(?:stop|shutdown|reset)|storage\/)/;

/**
 * @param via the host that took the call.
 * @param path below `/api2/json`.
 * @throws ApiError 595 when the host that it is about cannot be connected to, 596 when it does not answer in time, 500
 *   for a change while the cluster has no quorum.
 */
export async function passGate(cluster: Cluster, via: string, method: string, path: string): Promise<void> {
  const node = /^\/nodes\/([^/]+)\//.exec(`${path}/`)?.[1];
  if (node !== undefined && node !== via) {
    switch (cluster.nodeStates.of(node)) {
      case 'online':
        break;
      case 'offline':
        throw new ApiError(595, 'No route to host');
      case 'hanging':
        await cluster.latency.wait('proxmox.proxy-timeout', node);
        throw new ApiError(596, 'Connection timed out');
    }
  }
  if (method !== 'GET' && !isQuorate(cluster) && !WITHOUT_QUORUM.test(path)) {
    die('cluster not ready - no quorum?');
  }
}

/** More than half of the hosts see one another, unless a test says otherwise. */
export function isQuorate({ inventory, nodeStates }: Cluster): boolean {
  const votes = inventory.hosts.filter(({ name }) => nodeStates.of(name) === 'online').length;
  return nodeStates.quorum ?? votes > inventory.hosts.length / 2;
}
