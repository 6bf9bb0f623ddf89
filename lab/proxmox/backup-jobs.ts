/** `/cluster/backup`: the jobs that back guests up by a schedule, as far as they are looked at. */
import type { Cluster } from './cluster.js';
import type { Endpoint } from './endpoint.js';

/** The options as `jobs.cfg` has them; flags are 0 or 1. */
export interface BackupJob {
  readonly schedule: string;
  readonly storage: string;
  readonly mode?: 'snapshot' | 'suspend' | 'stop';
  /** On where it is not set. */
  readonly enabled?: number;
  /** All guests but those of `exclude`. */
  readonly all?: number;
  /** VMIDs, separated by commas. */
  readonly vmid?: string;
  readonly exclude?: string;
  readonly pool?: string;
  /** Only guests of this host. */
  readonly node?: string;
}

export function backupJobEndpoints({ datacenter }: Cluster): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/cluster/backup',
      parameters: {},
      permit: (session) => session.check('/', 'Sys.Audit'),
      handle: () =>
        Object.entries(datacenter.record.backupJobs).map(([id, job]) => ({ id, type: 'vzdump', ...job })),
    },
  ];
}
