/** The activities of the maintenance of hosts, as workflows call them. */
import { proxyActivities } from '@temporalio/workflow';
import type { HostActivities } from '../../activities/hosts/activities.js';

const RETRY = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '15 seconds' } as const;

/** A cluster may have other work to do first, and machines with large disks take long: heartbeats tell that somebody waits. */
export const hosts = proxyActivities<HostActivities>({
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '10 seconds',
  retry: RETRY,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});
