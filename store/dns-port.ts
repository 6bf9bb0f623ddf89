/** The port for records that clusters have in DNS servers of others. */
import type { DnsConfiguration } from '../domain/services/configuration.js';

/** An existing server; no secret is in it. */
export type DnsServer = Omit<NonNullable<DnsConfiguration['server']>, 'ttlSeconds'>;

/**
 * The ledger of these records. A row is written before the server is asked, and stays until the record is seen to be gone:
 * `intent` (it may be there) -> `done` (it was seen).
 */
export interface DnsRecords {
  /** Rows that are there keep their state, and take over the key that is used now. */
  intend(record: NewDnsRecord): Promise<void>;
  /** The records were seen. Those without a row stay without one. */
  confirm(records: readonly DnsRecordKey[]): Promise<void>;
  /** By name, then by address. */
  ofCluster(clusterUid: string): Promise<DnsRecordRow[]>;
  /** The records were seen to be gone, or to be somebody else's. */
  forget(records: readonly DnsRecordKey[]): Promise<void>;
}

export interface NewDnsRecord {
  readonly clusterUid: string;
  readonly cluster: string;
  readonly server: DnsServer;
  /** Lower case, without a dot at the end; `*.apps.demo.example` is a wildcard. */
  readonly name: string;
  readonly address: string;
}

export interface DnsRecordRow extends NewDnsRecord {
  readonly state: 'intent' | 'done';
}

/** One record of one cluster in one zone of one server. */
export interface DnsRecordKey extends Pick<NewDnsRecord, 'clusterUid' | 'name' | 'address'> {
  readonly server: Pick<DnsServer, 'address' | 'port' | 'zone'>;
}
