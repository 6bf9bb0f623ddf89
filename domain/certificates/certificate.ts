/** Certificates of a cluster as they were read, and how long they last. */
import type { ClusterType } from '../cluster-definition.js';

export interface Certificate {
  /** Where it was read; `null`: it is in the kubeconfig that this service keeps. */
  readonly machine: string | null;
  /** On the machine; `kubeconfig` for the one that this service keeps. */
  readonly path: string;
  readonly subject: string;
  /** It signs others: it is replaced by a person, never renewed. */
  readonly isAuthority: boolean;
  /** ISO 8601, UTC. */
  readonly endsAt: string;
}

export interface CertificateReading {
  readonly certificates: readonly Certificate[];
  /** Machines whose certificates could not be read. */
  readonly unread: readonly UnreadMachine[];
}

export interface UnreadMachine {
  readonly machine: string;
  readonly reason: string;
}

/** Those with fewer days left are renewed. */
export const RENEW_BEFORE_DAYS = 30;
/** To replace an authority takes planning: it is told of earlier. */
export const AUTHORITY_NOTICE_DAYS = 180;

const DAY_MS = 86_400_000;
/** Kubelets of kubeadm have theirs renewed by the API themselves. */
const RENEWED_BY_KUBELET = '/var/lib/kubelet/pki/';

/** Whole days; negative when it is over. @param now milliseconds since the epoch. */
export function daysLeft({ endsAt }: Pick<Certificate, 'endsAt'>, now: number): number {
  return Math.floor((Date.parse(endsAt) - now) / DAY_MS);
}

/** Whether a renewal of the cluster makes it anew. */
export function isRenewable(type: ClusterType, certificate: Certificate): boolean {
  const { isAuthority, machine, path } = certificate;
  if (isAuthority) return false;
  switch (type) {
    case 'K3S':
    case 'RKE2':
      return true;
    case 'VANILLA':
      return !path.startsWith(RENEWED_BY_KUBELET);
    // Its machines renew theirs themselves.
    case 'TALOS':
      return machine === null;
    case 'OKD':
      return false;
  }
}

/** What a renewal is due for. One that cannot outlast its authority is none: it would be renewed day after day. */
export function dueCertificates(
  type: ClusterType,
  certificates: readonly Certificate[],
  now: number,
): readonly Certificate[] {
  const authorityEnds = Math.min(
    ...certificates.filter(({ isAuthority }) => isAuthority).map(({ endsAt }) => Date.parse(endsAt)),
  );
  return certificates.filter(
    (certificate) =>
      isRenewable(type, certificate) &&
      daysLeft(certificate, now) < RENEW_BEFORE_DAYS &&
      Date.parse(certificate.endsAt) + DAY_MS < authorityEnds,
  );
}

/** `/etc/kubernetes/pki/apiserver.crt on edge-server-1`. */
export function certificateTitle({ machine, path }: Pick<Certificate, 'machine' | 'path'>): string {
  return machine === null ? `the ${path} of this service` : `${path} on ${machine}`;
}
