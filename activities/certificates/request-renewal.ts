/** Asks a cluster for the renewal of certificates that is due. */
import type { Client } from '@temporalio/client';
import type { RenewCertificatesRequest } from '../../domain/certificates/renewal-request.js';
import type { Store } from '../../store/store.js';
import { askCluster, unfinished, type Asked } from '../orchestration/ask-cluster.js';

export interface RenewalWish {
  readonly cluster: string;
  /** The same for each attempt. */
  readonly operationId: string;
}

/** @throws `ORCHESTRATOR_UNAVAILABLE`, `WORKER_UNAVAILABLE` */
export async function requestRenewal(
  store: Pick<Store, 'operations'>,
  client: Client,
  wish: RenewalWish,
): Promise<Asked> {
  const kind = 'renew-certificates';
  const waiting = await unfinished(store, { ...wish, kind });
  if (waiting !== undefined) return { requested: false, reason: `renewal ${waiting} is not over yet` };
  const request: RenewCertificatesRequest = { reason: 'scheduled' };
  return askCluster(store, client, { ...wish, kind, request, asker: 'scheduled' });
}
