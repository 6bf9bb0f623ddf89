/** The activities that prove the end of a cluster, as its decommission calls them. */
import { proxyActivities } from '@temporalio/workflow';
import type { RemovalActivities } from '../../activities/removal/activities.js';

const RETRY = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '15 seconds' } as const;

export const removals = proxyActivities<RemovalActivities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: RETRY,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});
