/** What becomes of a power call when high availability manages the VM: a request that is carried out later. */
import type { Cluster } from './cluster.js';
import type { HaState } from './ha-config.js';
import type { TaskRequest } from './tasks.js';

/** A VM whose resource is `ignored` is not managed for now. */
export function isHaManaged({ datacenter }: Cluster, vmid: number): boolean {
  return (datacenter.record.haResources[`vm:${vmid}`]?.state ?? 'ignored') !== 'ignored';
}

/** @returns the UPID of the task, which ends as soon as the request is queued. */
export function requestPower(
  cluster: Cluster,
  action: 'start' | 'stop' | 'shutdown',
  vmid: number,
  request: Pick<TaskRequest, 'node' | 'user'>,
): string {
  return cluster.tasks.start({ ...request, type: `ha${action}`, id: String(vmid) }, async (job) => {
    job.print(`Requesting HA ${action} for VM ${vmid}`);
    if (action === 'start') setState(cluster, vmid, 'started');
    else cluster.ha.queue({ kind: 'stop', sid: `vm:${vmid}` });
    await Promise.resolve();
  });
}

function setState({ datacenter, ha }: Cluster, vmid: number, state: HaState): void {
  const { haResources } = datacenter.record;
  const resource = haResources[`vm:${vmid}`];
  if (resource === undefined) return;
  datacenter.change({ haResources: { ...haResources, [`vm:${vmid}`]: { ...resource, state } } });
  ha.nudge();
}
