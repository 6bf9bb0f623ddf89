/** What a renewal of certificates is asked for with. */
export interface RenewCertificatesRequest {
  readonly reason: 'requested' | 'scheduled';
}

/** What came of the daily look at the certificates of a cluster. */
export interface CertificateWatch {
  /** Certificates that are due; `null`: they were not looked at. */
  readonly due: number | null;
  readonly requested: boolean;
  /** Why nothing was asked for. */
  readonly reason: string | null;
}
