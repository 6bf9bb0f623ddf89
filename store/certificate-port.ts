/** The port of the store for certificates: when those of each cluster end, as they were last read. */
import type { CertificateReading } from '../domain/certificates/certificate.js';

export interface CertificateReadings {
  /** In place of the one before. */
  put(of: KeptReading['of'], reading: CertificateReading): Promise<KeptReading>;
  get(clusterUid: string): Promise<KeptReading | undefined>;
  /** Of all clusters that have one. */
  list(): Promise<KeptReading[]>;
  /** Removing what is not there is no error. */
  remove(clusterUid: string): Promise<void>;
}

export interface KeptReading extends CertificateReading {
  readonly of: { readonly clusterUid: string; readonly cluster: string };
  /** ISO 8601, UTC. */
  readonly readAt: string;
}
