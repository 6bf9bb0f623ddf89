/** Asks Proxmox VE for the backups of a cluster's VMs; changes nothing. Somebody waits for the answer. */
import type { VmBackups } from '../domain/vm-backup/vm-backup.js';
import { proxmox } from './lib/activities.js';
import { workflowFailure } from './lib/failure.js';

export interface ListVmBackupsInput {
  readonly clusterUid: string;
}

const ANSWER_WITHIN = '20 seconds';

export async function listVmBackups({ clusterUid }: ListVmBackupsInput): Promise<VmBackups> {
  try {
    const options = { scheduleToCloseTimeout: ANSWER_WITHIN };
    return await proxmox.listVmBackups.executeWithOptions(options, [{ clusterUid, storage: null }]);
  } catch (error) {
    throw workflowFailure(error);
  }
}
