/** What drills of a cluster's backups have made, by the ledger. */
import { isScratch } from '../../domain/backup/drill.js';
import type { MachineIdentity } from '../../domain/machine.js';
import { ledger } from './activities.js';

const LIST_FOR = '1 hour';

export async function scratchMachines(clusterUid: string, cluster: string): Promise<MachineIdentity[]> {
  const options = { scheduleToCloseTimeout: LIST_FOR };
  const machines = await ledger.listMachines.executeWithOptions(options, [{ clusterUid }]);
  return machines.filter(({ name }) => isScratch(cluster, name));
}
