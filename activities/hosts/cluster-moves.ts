/** Asks a cluster to move its machines, as a person would: it waits for its turn there, and is waited for. */
import { createHash } from 'node:crypto';
import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import { fail } from '../../domain/errors.js';
import type { MoveMachinesRequest } from '../../domain/hosts/move-machines.js';
import { workflowIds } from '../../domain/ids.js';
import type { Store } from '../../store/store.js';
import type { Pulse } from '../ssh/heartbeat.js';

export interface RequestMovesRequest {
  readonly cluster: string;
  /** The same for each attempt. */
  readonly operationId: string;
  readonly moves: MoveMachinesRequest;
}

export interface RequestedMoves {
  readonly requested: boolean;
  /** Why the cluster would not. */
  readonly reason: string | null;
}

export interface OperationEnd {
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly detail: string | null;
}

/** Of `workflows/messages.ts`: for ever. */
const OPERATE = 'operate';
const CANCEL = 'cancelOperation';
const BETWEEN_LOOKS_MS = 1_000;

/** @throws `ORCHESTRATOR_UNAVAILABLE`, `WORKER_UNAVAILABLE` */
export async function requestMoves(
  store: Pick<Store, 'operations'>,
  client: Client,
  { cluster, operationId, moves }: RequestMovesRequest,
): Promise<RequestedMoves> {
  const asked = { operationId, operation: { kind: 'move-machines', request: moves } };
  await store.operations.begin({
    ...{ id: operationId, cluster, kind: 'move-machines', idempotencyKey: `drain-${operationId}` },
    requestHash: createHash('sha256').update(JSON.stringify(asked)).digest('hex'),
  });
  try {
    await client.workflow
      .getHandle(workflowIds.cluster(cluster))
      .executeUpdate(OPERATE, { updateId: operationId, args: [asked] });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError) {
      await store.operations.abandon(operationId);
      const reason = error instanceof WorkflowNotFoundError ? 'there is no such cluster' : messageOf(error);
      return { requested: false, reason };
    }
    throw unanswered(cluster, error);
  }
  await store.operations.accept(operationId);
  return { requested: true, reason: null };
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

/** Has the cluster stop where that is safe. That it is over already is fine. */
export async function cancelMoves(
  client: Client,
  { cluster, operationId }: { readonly cluster: string; readonly operationId: string },
): Promise<void> {
  try {
    await client.workflow
      .getHandle(workflowIds.cluster(cluster))
      .executeUpdate(CANCEL, { args: [{ operationId }] });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError) return;
    throw unanswered(cluster, error);
  }
}

function unanswered(cluster: string, error: unknown) {
  const code = isGrpcServiceError(error) ? 'ORCHESTRATOR_UNAVAILABLE' : 'WORKER_UNAVAILABLE';
  return fail(code, `cluster "${cluster}" could not be asked: ${messageOf(error)}`, { cause: error });
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
