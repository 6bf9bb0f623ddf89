/** Looks at the hosts and whose their guests are; changes nothing. Somebody waits for the answer. */
import type { HostSight } from '../domain/hosts/guest-facts.js';
import { proxmox } from './lib/activities.js';
import { workflowFailure } from './lib/failure.js';

const ANSWER_WITHIN = '20 seconds';

export async function observeHosts(): Promise<HostSight> {
  try {
    return await proxmox.observeHosts.executeWithOptions({ scheduleToCloseTimeout: ANSWER_WITHIN }, [{}]);
  } catch (error) {
    throw workflowFailure(error);
  }
}
