/** Asks a cluster for an operation, as a person would by the API: it waits for its turn there. */
import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import { createHash } from 'node:crypto';
import { fail } from '../../domain/errors.js';
import { workflowIds } from '../../domain/ids.js';
import type { DayTwoKind } from '../../domain/operation-kind.js';
import type { Store } from '../../store/store.js';

export interface AskedOperation {
  readonly cluster: string;
  /** The same for each attempt. */
  readonly operationId: string;
  readonly kind: DayTwoKind;
  readonly request: unknown;
  /** Who asks, for those who read the operations. */
  readonly asker: 'scheduled' | 'health' | 'drain';
}

/** What became of it. */
export interface Asked {
  readonly requested: boolean;
  /** Why nothing was asked for, or why the cluster would not. */
  readonly reason: string | null;
}

/** Of `workflows/messages.ts`: for ever. */
const OPERATE = 'operate';
const CANCEL = 'cancelOperation';
const RECENT_OPERATIONS = 50;

/** @throws `ORCHESTRATOR_UNAVAILABLE`, `WORKER_UNAVAILABLE` */
export async function askCluster(
  { operations }: Pick<Store, 'operations'>,
  client: Client,
  { cluster, operationId, kind, request, asker }: AskedOperation,
): Promise<Asked> {
  const asked = { operationId, operation: { kind, request } };
  await operations.begin({
    ...{ id: operationId, cluster, kind, idempotencyKey: `${asker}-${operationId}` },
    requestHash: createHash('sha256').update(JSON.stringify(asked)).digest('hex'),
  });
  try {
    await client.workflow
      .getHandle(workflowIds.cluster(cluster))
      .executeUpdate(OPERATE, { updateId: operationId, args: [asked] });
  } catch (error) {
    const reason = refusalIn(error);
    if (reason === null) throw unanswered(cluster, error);
    await operations.abandon(operationId);
    return { requested: false, reason };
  }
  await operations.accept(operationId);
  return { requested: true, reason: null };
}

/** Has the cluster stop an operation where that is safe. That it is over already is fine. */
export async function cancelAtCluster(
  client: Client,
  { cluster, operationId }: Pick<AskedOperation, 'cluster' | 'operationId'>,
): Promise<void> {
  try {
    await client.workflow
      .getHandle(workflowIds.cluster(cluster))
      .executeUpdate(CANCEL, { args: [{ operationId }] });
  } catch (error) {
    if (refusalIn(error) === null) throw unanswered(cluster, error);
  }
}

/** @returns another operation of that kind that runs or waits: one is as good as two. */
export async function unfinished(
  { operations }: Pick<Store, 'operations'>,
  { cluster, kind, operationId }: Pick<AskedOperation, 'cluster' | 'kind' | 'operationId'>,
): Promise<string | undefined> {
  const recent = await operations.list({ cluster, limit: RECENT_OPERATIONS });
  return recent.find(
    (one) =>
      one.id !== operationId && one.kind === kind && (one.status === 'running' || one.status === 'requested'),
  )?.id;
}

/** @returns why the cluster would not; `null`: it has not answered. */
function refusalIn(error: unknown): string | null {
  if (error instanceof WorkflowNotFoundError) return 'there is no such cluster';
  return error instanceof WorkflowUpdateFailedError ? messageOf(error) : null;
}

/** The error of a cluster that has not answered. */
export function unanswered(cluster: string, error: unknown): Error {
  const code = isGrpcServiceError(error) ? 'ORCHESTRATOR_UNAVAILABLE' : 'WORKER_UNAVAILABLE';
  return fail(code, `cluster "${cluster}" could not be asked: ${messageOf(error)}`, { cause: error });
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
