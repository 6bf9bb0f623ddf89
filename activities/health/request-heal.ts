/** Asks a cluster for what was decided, as a person would: it waits for its turn there. */
import { isGrpcServiceError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { createHash } from 'node:crypto';
import { fail } from '../../domain/errors.js';
import type { HealRequest } from '../../domain/health/heal-request.js';
import { workflowIds } from '../../domain/ids.js';
import type { Store } from '../../store/store.js';

export interface RequestHealRequest {
  readonly cluster: string;
  /** Of the look that it was decided in: also the operation's. */
  readonly id: string;
  readonly heal: HealRequest;
}

export interface RequestedHeal {
  readonly requested: boolean;
  /** Why nothing was asked for. */
  readonly reason: string | null;
}

/** Of `workflows/messages.ts`: for ever. */
const OPERATE = 'operate';

/** What the cluster refuses counts no more against its budgets. @throws `ORCHESTRATOR_UNAVAILABLE`, `WORKER_UNAVAILABLE` */
export async function requestHeal(
  store: Pick<Store, 'operations' | 'health'>,
  client: Client,
  { cluster, id, heal }: RequestHealRequest,
): Promise<RequestedHeal> {
  const asked = { operationId: id, operation: { kind: 'heal', request: heal } };
  await store.operations.begin({
    ...{ id, cluster, kind: 'heal', idempotencyKey: `health-${id}` },
    requestHash: createHash('sha256').update(JSON.stringify(asked)).digest('hex'),
  });
  try {
    await client.workflow
      .getHandle(workflowIds.cluster(cluster))
      .executeUpdate(OPERATE, { updateId: id, args: [asked] });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      const reason = error.cause?.message ?? error.message;
      await store.operations.abandon(id);
      await store.health.retract(id, reason);
      return { requested: false, reason };
    }
    const detail = error instanceof Error ? error.message : String(error);
    const code = isGrpcServiceError(error) ? 'ORCHESTRATOR_UNAVAILABLE' : 'WORKER_UNAVAILABLE';
    throw fail(code, `cluster "${cluster}" could not be asked: ${detail}`, { cause: error });
  }
  await store.operations.accept(id);
  return { requested: true, reason: null };
}
