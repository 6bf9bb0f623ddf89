/** Looks when the certificates of a cluster end, and asks for their renewal when it is due. Started by the cluster's own Schedule. */
import { setCurrentDetails, uuid4 } from '@temporalio/workflow';
import type { CertificateWatch } from '../domain/certificates/renewal-request.js';
import { certificates } from './lib/activities.js';
import { workflowFailure } from './lib/failure.js';

export interface WatchCertificatesInput {
  readonly cluster: string;
}

/** Longer than it takes to replace a worker; tomorrow it is looked again. */
const LOOK_FOR = '2 hours';

export async function watchCertificates({ cluster }: WatchCertificatesInput): Promise<CertificateWatch> {
  try {
    const options = { scheduleToCloseTimeout: LOOK_FOR, summary: `Read the certificates of ${cluster}` };
    const seen = await certificates.watchCertificates.executeWithOptions(options, [
      { cluster, operationId: uuid4() },
    ]);
    setCurrentDetails(
      seen.requested
        ? `${seen.due ?? 0} certificates are due: their renewal was asked for.`
        : `No renewal: ${seen.reason ?? ''}`,
    );
    return seen;
  } catch (error) {
    throw workflowFailure(error);
  }
}
