/** Asks a cluster for the renewal that is due, as a person would: it waits for its turn there. */
import { createHash } from 'node:crypto';
import { isGrpcServiceError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import type { RenewCertificatesRequest } from '../../domain/certificates/renewal-request.js';
import { fail } from '../../domain/errors.js';
import { workflowIds } from '../../domain/ids.js';
import type { Store } from '../../store/store.js';

export interface RenewalWish {
  readonly cluster: string;
  /** The same for each attempt. */
  readonly operationId: string;
}

/** Of `workflows/messages.ts`: for ever. */
const OPERATE = 'operate';
const KIND = 'renew-certificates';
const RECENT_OPERATIONS = 50;

/** @returns why nothing was asked for; `null` when it was. @throws `ORCHESTRATOR_UNAVAILABLE`, `WORKER_UNAVAILABLE` */
export async function requestRenewal(
  { operations }: Pick<Store, 'operations'>,
  client: Client,
  { cluster, operationId }: RenewalWish,
): Promise<string | null> {
  const recent = await operations.list({ cluster, limit: RECENT_OPERATIONS });
  const waiting = recent.find(
    ({ id, kind, status }) =>
      id !== operationId && kind === KIND && (status === 'running' || status === 'requested'),
  );
  if (waiting !== undefined) return `renewal ${waiting.id} is not over yet`;

  const request: RenewCertificatesRequest = { reason: 'scheduled' };
  const asked = { operationId, operation: { kind: KIND, request } };
  await operations.begin({
    ...{ id: operationId, cluster, kind: KIND, idempotencyKey: `scheduled-${operationId}` },
    requestHash: createHash('sha256').update(JSON.stringify(asked)).digest('hex'),
  });
  try {
    await client.workflow
      .getHandle(workflowIds.cluster(cluster))
      .executeUpdate(OPERATE, { updateId: operationId, args: [asked] });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      await operations.abandon(operationId);
      return error.cause?.message ?? error.message;
    }
    const detail = error instanceof Error ? error.message : String(error);
    const code = isGrpcServiceError(error) ? 'ORCHESTRATOR_UNAVAILABLE' : 'WORKER_UNAVAILABLE';
    throw fail(code, `cluster "${cluster}" could not be asked: ${detail}`, { cause: error });
  }
  await operations.accept(operationId);
  return null;
}
