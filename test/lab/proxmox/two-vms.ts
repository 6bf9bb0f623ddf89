/** A simulated cluster with two VMs that can go to any of its hosts. */
import { DEFAULT_INVENTORY } from '../../../lab/proxmox/lab-inventory.js';
import { PVE_ADMIN } from '../../../lab/proxmox/privileges.js';
import type { ProxmoxSimulatorOptions } from '../../../lab/proxmox/simulator.js';
import { SimulatedCluster, type Form, type Reply } from './simulated-cluster.js';

export const VM = '/nodes/hv6/qemu/100';
export const OTHER = '/nodes/hv6/qemu/101';
export const RULES = '/cluster/ha/rules';
export const RESOURCES = '/cluster/ha/resources';
export const NO_CONSOLE = 'tenant@pve!vms';
export const THREE_HOSTS = { ...DEFAULT_INVENTORY, hosts: DEFAULT_INVENTORY.hosts.slice(1) };

export async function startWithTwoVms(
  options: Partial<ProxmoxSimulatorOptions> = {},
): Promise<SimulatedCluster> {
  const cluster = await SimulatedCluster.start({
    inventory: THREE_HOSTS,
    timing: { haIntervalMs: 15, storageLockMs: 30, statusIntervalMs: 50 },
    tokens: [{ id: NO_CONSOLE, access: { '/': PVE_ADMIN.filter((one) => one !== 'Sys.Console') } }],
    ...options,
  });
  // Disks on shared storage: such VMs can go anywhere.
  for (const vmid of [100, 101]) await cluster.task('POST', '/nodes/hv6/qemu/9002/clone', { newid: vmid });
  return cluster;
}

export function runs(cluster: SimulatedCluster, path: string): Promise<Reply> {
  return cluster.until('GET', `${path}/status/current`, ({ data }) => statusOf(data) === 'running');
}

export function isOff(cluster: SimulatedCluster, path: string): Promise<Reply> {
  return cluster.until('GET', `${path}/status/current`, ({ data }) => statusOf(data) === 'stopped');
}

export function statusOf(data: unknown): string | undefined {
  return (data as { status?: string } | null)?.status;
}

export function refused(reply: Reply): string {
  return `${reply.status} ${reply.reason}`;
}

/** Has high availability manage the VM. */
export async function manage(cluster: SimulatedCluster, vmid: number, properties: Form = {}): Promise<void> {
  await cluster.data('POST', RESOURCES, { sid: `vm:${vmid}`, ...properties });
}
