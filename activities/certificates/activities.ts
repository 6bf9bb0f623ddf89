/** Activities on certificates. They change nothing on any machine, and can be repeated at any moment. */
import { getClient } from '@temporalio/activity';
import type { CertificateReading } from '../../domain/certificates/certificate.js';
import type { CertificateWatch } from '../../domain/certificates/renewal-request.js';
import { withHeartbeats } from '../ssh/heartbeat.js';
import { readCertificates, type CertificatesRequest } from './read-certificates.js';
import type { CertificateAccess } from './read-machine.js';
import type { RenewalWish } from './request-renewal.js';
import { watchCertificates } from './watch.js';

export type { CertificateMachine } from './read-machine.js';
export type CertificateActivities = ReturnType<typeof createCertificateActivities>;

export function createCertificateActivities(access: CertificateAccess) {
  return {
    /** See {@link readCertificates}. */
    readCertificates: (request: CertificatesRequest): Promise<CertificateReading> =>
      withHeartbeats(({ signal }) => readCertificates(access, request, signal)),

    /** Reads those of the cluster, and keeps what was read. @returns how many could not be read. */
    keepCertificates: ({
      cluster,
      ...request
    }: CertificatesRequest & { readonly cluster: string }): Promise<{ readonly unread: number }> =>
      withHeartbeats(async ({ signal }) => {
        const reading = await readCertificates(access, request, signal);
        await access.store.certificates.put({ clusterUid: request.clusterUid, cluster }, reading);
        return { unread: reading.unread.length };
      }),

    /** See {@link watchCertificates}. */
    watchCertificates: (wish: RenewalWish): Promise<CertificateWatch> =>
      withHeartbeats(({ signal }) => watchCertificates(access, getClient(), wish, signal)),
  };
}
