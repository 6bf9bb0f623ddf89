/** Asks a cluster for what was decided of its health. */
import type { Client } from '@temporalio/client';
import type { HealRequest } from '../../domain/health/heal-request.js';
import type { Store } from '../../store/store.js';
import { askCluster, type Asked } from '../orchestration/ask-cluster.js';

export interface RequestHealRequest {
  readonly cluster: string;
  /** Of the look that it was decided in: also the operation's. */
  readonly id: string;
  readonly heal: HealRequest;
}

/** What the cluster refuses counts no more against its budgets. @throws `ORCHESTRATOR_UNAVAILABLE`, `WORKER_UNAVAILABLE` */
export async function requestHeal(
  store: Pick<Store, 'operations' | 'health'>,
  client: Client,
  { cluster, id, heal }: RequestHealRequest,
): Promise<Asked> {
  const wish = { cluster, operationId: id, kind: 'heal', request: heal, asker: 'health' } as const;
  const asked = await askCluster(store, client, wish);
  if (!asked.requested) await store.health.retract(id, asked.reason ?? '');
  return asked;
}
