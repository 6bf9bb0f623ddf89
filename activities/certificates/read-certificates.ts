/** When the certificates of machines end, of many at once. */
import type { CertificateReading } from '../../domain/certificates/certificate.js';
import type { ClusterType } from '../../domain/cluster-definition.js';
import { lookedAt } from '../validation/looked-at.js';
import { mapLimited } from '../validation/map-limited.js';
import { kubeconfigCertificate } from './kubeconfig-certificate.js';
import { readMachine, type CertificateAccess, type CertificateMachine } from './read-machine.js';

export interface CertificatesRequest {
  readonly clusterUid: string;
  readonly type: ClusterType;
  readonly machines: readonly CertificateMachine[];
}

const MOST_AT_ONCE = 20;

/** With the one of the kubeconfig. A machine that cannot be read is told of, and stops nothing. */
export async function readCertificates(
  access: CertificateAccess,
  { clusterUid, type, machines }: CertificatesRequest,
  signal: AbortSignal,
): Promise<CertificateReading> {
  const kubeconfig = await access.store.secrets.get(clusterUid, 'kubeconfig');
  const own = kubeconfig === undefined ? undefined : kubeconfigCertificate(kubeconfig);
  const found = await mapLimited(machines, MOST_AT_ONCE, async (machine) => ({
    machine: machine.name,
    seen: await lookedAt(signal, () => readMachine(access, { type, machine }, signal)),
  }));
  return {
    certificates: [
      ...(own === undefined ? [] : [own]),
      ...found.flatMap(({ seen }) => (seen.kind === 'seen' ? seen.value : [])),
    ],
    unread: found.flatMap(({ machine, seen }) =>
      seen.kind === 'seen' ? [] : [{ machine, reason: seen.reason }],
    ),
  };
}
