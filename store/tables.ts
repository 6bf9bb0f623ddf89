/** Rows of the database as Kysely sees them; columns are snake_case in SQLite, and camelCase here. */
import type { Generated, Kysely, Transaction } from 'kysely';
import type { MachineState, OperationRecord } from './store.js';
import type { Phase } from '../domain/phase.js';

export interface Tables {
  clusters: ClusterRow;
  operations: OperationRow;
  machines: MachineRow;
  burntVmids: BurntVmidRow;
  addressLeases: AddressLeaseRow;
  secrets: SecretRow;
}

export type StoreDatabase = Kysely<Tables>;
export type StoreTransaction = Transaction<Tables>;

export interface ClusterRow {
  /** Order of insertion: decides which of two records of the same name and instant is the newer one. */
  seq: Generated<number>;
  uid: string;
  name: string;
  phase: Phase;
  /** JSON. */
  definition: string;
  createdAt: string;
  updatedAt: string;
  failure: string | null;
}

export interface OperationRow {
  id: string;
  cluster: string;
  kind: OperationRecord['kind'];
  idempotencyKey: string | null;
  requestHash: string;
  status: OperationRecord['status'];
  detail: string | null;
  createdAt: string;
  finishedAt: string | null;
}

export interface MachineRow {
  seq: Generated<number>;
  uuid: string;
  clusterUid: string;
  cluster: string;
  name: string;
  vmid: number;
  host: string;
  state: MachineState;
  upid: string | null;
  seedVolume: string | null;
  sshHostKey: string | null;
  createdAt: string;
  updatedAt: string;
  /** Start of the quarantine of the VMID. */
  removedAt: string | null;
}

/** A VMID that a stranger was found to have. */
export interface BurntVmidRow {
  vmid: number;
  burntAt: string;
}

export interface AddressLeaseRow {
  seq: Generated<number>;
  address: string;
  clusterUid: string;
  cluster: string;
  machine: string;
  leasedAt: string;
  releasedAt: string | null;
}

export interface SecretRow {
  clusterUid: string;
  name: string;
  /** Names the key without telling it. */
  keyId: string;
  /** Base64. */
  sealed: string;
  updatedAt: string;
}
