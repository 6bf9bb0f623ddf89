/** The port for certificates of removal: they outlive the clusters that they are of. */
import type { Belongings } from '../domain/removal/belongings.js';
import type { RemovalCertificate } from '../domain/removal/certificate.js';

export interface RemovalRecords {
  /**
   * Writes down what there is before it goes. What the first attempt wrote stands: one that goes on from where another
   * one stopped would find less. @returns it.
   */
  begin(clusterUid: string, belongings: Belongings): Promise<BegunRemoval>;
  /** The first one of a cluster stands: recording another one changes nothing, and answers with the first. */
  record(certificate: RemovalCertificate): Promise<RemovalRecord>;
  get(id: string): Promise<RemovalRecord | undefined>;
  /** Of all clusters that had the name, the latest first. */
  ofName(cluster: string, limit: number): Promise<RemovalRecord[]>;
}

export interface BegunRemoval {
  /** ISO 8601, UTC. */
  readonly begunAt: string;
  readonly belongings: Belongings;
}

export interface RemovalRecord {
  /** The UID of the cluster that was removed. */
  readonly id: string;
  readonly cluster: string;
  /** ISO 8601, UTC. */
  readonly removedAt: string;
  readonly certificate: RemovalCertificate;
  /** SHA-256 of the certificate's canonical JSON, in hex. */
  readonly sha256: string;
}
