/** The daily look at the certificates of a cluster: what is found is kept, and what is due is asked for. */
import type { Client } from '@temporalio/client';
import { dueCertificates } from '../../domain/certificates/certificate.js';
import type { CertificateWatch } from '../../domain/certificates/renewal-request.js';
import { scheduleIds } from '../../domain/ids.js';
import { isMade } from '../../domain/phase.js';
import { removeSchedule } from '../orchestration/remove-schedule.js';
import { clusterMachines } from './cluster-machines.js';
import { readCertificates } from './read-certificates.js';
import type { CertificateAccess } from './read-machine.js';
import { requestRenewal, type RenewalWish } from './request-renewal.js';

/** @throws `ORCHESTRATOR_UNAVAILABLE`, `WORKER_UNAVAILABLE` */
export async function watchCertificates(
  access: CertificateAccess,
  client: Client,
  wish: RenewalWish,
  signal: AbortSignal,
): Promise<CertificateWatch> {
  const { store } = access;
  const { cluster } = wish;
  const record = await store.clusters.get(cluster);
  if (record === undefined || record.phase === 'GONE') {
    if (record !== undefined) await store.certificates.remove(record.uid);
    // It would go on for ever.
    await removeSchedule(client, scheduleIds.certificates(cluster));
    return { due: null, requested: false, reason: 'there is no such cluster' };
  }
  const { uid: clusterUid, phase, definition } = record;
  if (!isMade(phase)) return { due: null, requested: false, reason: `the cluster is ${phase}` };
  const { type } = definition;
  const machines = await clusterMachines(store, { clusterUid, definition });
  const reading = await readCertificates(access, { clusterUid, type, machines }, signal);
  await store.certificates.put({ clusterUid, cluster }, reading);
  const due = dueCertificates(type, reading.certificates, Date.now()).length;
  if (due === 0) return { due, requested: false, reason: 'none is due' };
  return { due, ...(await requestRenewal(store, client, wish)) };
}
