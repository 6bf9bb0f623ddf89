/** What the drain of a host asks of the store, and of the clusters whose machines leave it. */
import { getClient } from '@temporalio/activity';
import type { DrainOutcome } from '../../domain/hosts/drain-outcome.js';
import type { DrainPlan } from '../../domain/hosts/drain-plan.js';
import type { Store } from '../../store/store.js';
import { cancelAtCluster, type Asked } from '../orchestration/ask-cluster.js';
import { withHeartbeats } from '../ssh/heartbeat.js';
import { awaitMoves, requestMoves, type OperationEnd, type RequestMovesRequest } from './cluster-moves.js';
import { planHostDrain, type PlanHostDrainRequest } from './plan-host-drain.js';

export type HostActivities = ReturnType<typeof createHostActivities>;

interface DrainName {
  readonly host: string;
  readonly number: number;
}

/** Each activity can be repeated at any time. */
export function createHostActivities({ store }: { readonly store: Store }) {
  return {
    /** Nothing more is put on the host, until its mark is taken away. */
    markHost: ({ host }: { readonly host: string }): Promise<void> => store.hosts.mark(host),

    /** Changes nothing. */
    planHostDrain: (request: PlanHostDrainRequest): Promise<DrainPlan> => planHostDrain(store, request),

    recordDrainPlan: ({ host, number, plan }: DrainName & { readonly plan: DrainPlan }): Promise<void> =>
      store.hosts.planned(host, number, plan),

    endDrain: ({ host, number, outcome }: DrainName & { readonly outcome: DrainOutcome }): Promise<void> =>
      store.hosts.endDrain(host, number, outcome),

    /** See {@link requestMoves}. */
    requestMoves: (request: RequestMovesRequest): Promise<Asked> => requestMoves(store, getClient(), request),

    /** Waits until the operation is over. */
    awaitMoves: (request: { readonly operationId: string }): Promise<OperationEnd> =>
      withHeartbeats((pulse) => awaitMoves(store, request, pulse)),

    /** See {@link cancelAtCluster}. */
    cancelMoves: (request: { readonly cluster: string; readonly operationId: string }): Promise<void> =>
      cancelAtCluster(getClient(), request),
  };
}
