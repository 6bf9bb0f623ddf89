/** Asks a cluster to move its machines, as a person would: it waits for its turn there, and is waited for. */
import type { Client } from '@temporalio/client';
import type { MoveMachinesRequest } from '../../domain/hosts/move-machines.js';
import type { Store } from '../../store/store.js';
import { askCluster, type Asked } from '../orchestration/ask-cluster.js';
import type { Pulse } from '../ssh/heartbeat.js';

export interface RequestMovesRequest {
  readonly cluster: string;
  /** The same for each attempt. */
  readonly operationId: string;
  readonly moves: MoveMachinesRequest;
}

export interface OperationEnd {
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly detail: string | null;
}

const BETWEEN_LOOKS_MS = 1_000;

/** @throws `ORCHESTRATOR_UNAVAILABLE`, `WORKER_UNAVAILABLE` */
export async function requestMoves(
  store: Pick<Store, 'operations'>,
  client: Client,
  { cluster, operationId, moves }: RequestMovesRequest,
): Promise<Asked> {
  const wish = { cluster, operationId, kind: 'move-machines', request: moves, asker: 'drain' } as const;
  return askCluster(store, client, wish);
}

/** Returns once the operation is over, however long that takes. */
export async function awaitMoves(
  store: Pick<Store, 'operations'>,
  { operationId }: { readonly operationId: string },
  pulse: Pulse,
): Promise<OperationEnd> {
  for (;;) {
    const operation = await store.operations.get(operationId);
    if (operation === undefined) return { status: 'cancelled', detail: 'the operation was never accepted' };
    const { status, detail } = operation;
    if (status !== 'requested' && status !== 'running') return { status, detail };
    pulse.say(`operation ${operationId} is ${status}`);
    await pulse.pause(BETWEEN_LOOKS_MS);
  }
}
