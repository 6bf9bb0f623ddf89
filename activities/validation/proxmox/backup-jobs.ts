/** Which machines of a cluster the backup jobs of Proxmox VE have in them. */
import type { BackupJobFact } from '../../../domain/validation/facts/proxmox.js';
import type { BackupJobRecord } from '../../proxmox/backups/backup-calls.js';
import type { ProxmoxClient } from '../../proxmox/client.js';
import { splitList } from '../../proxmox/property-string.js';
import type { VmResource } from '../../proxmox/records.js';

/** A machine, and its VM as the Proxmox cluster lists it. */
interface Listed {
  readonly name: string;
  readonly resource: VmResource | undefined;
}

/** Those that are on and have a machine of the cluster in them. */
export async function backupJobs(
  client: Pick<ProxmoxClient, 'backupJobs'>,
  machines: readonly Listed[],
  signal: AbortSignal,
): Promise<BackupJobFact[]> {
  const jobs = await client.backupJobs(signal);
  return jobs
    .filter(({ enabled }) => enabled === undefined || isOn(enabled))
    .map((job) => ({
      id: job.id,
      schedule: job.schedule ?? 'no schedule',
      machines: machines
        .filter(({ resource }) => resource !== undefined && includes(job, resource))
        .map(({ name }) => name),
    }))
    .filter((job) => job.machines.length > 0);
}

/** By VMID, by pool, or all guests but some; each may be limited to one host. */
function includes(job: BackupJobRecord, { vmid, node, pool }: VmResource): boolean {
  if (job.node !== undefined && job.node !== '' && job.node !== node) return false;
  if (vmidsOf(job.exclude).includes(vmid)) return false;
  if (isOn(job.all)) return true;
  if (job.pool !== undefined && job.pool !== '') return job.pool === pool;
  return vmidsOf(job.vmid).includes(vmid);
}

function vmidsOf(list: string | number | undefined): number[] {
  return splitList(String(list ?? '')).map(Number);
}

function isOn(flag: number | boolean | string | undefined): boolean {
  return flag === true || flag === 1 || flag === '1';
}
