/** Rows of the database as Kysely sees them; columns are snake_case in SQLite, and camelCase here. */
import type { Generated, Kysely, Transaction } from 'kysely';
import type { BackupState } from './backup-port.js';
import type { DnsRecordRow } from './dns-port.js';
import type { DrainRecord, HostMark } from './host-port.js';
import type { MachineState, OperationRecord } from './store.js';
import type { OrphanRemoval } from '../domain/orphans.js';
import type { BackupReason } from '../domain/backup/backup-request.js';
import type {
  HealthActionRow,
  HealthDecisionRow,
  HealthPolicyRow,
  HealthStateRow,
  HealthStormRow,
} from './health-tables.js';
import type { Phase } from '../domain/phase.js';
import type { ValidationRecord } from './validation-port.js';
import type { TsigAlgorithm } from '../domain/services/configuration.js';

export interface Tables {
  clusters: ClusterRow;
  operations: OperationRow;
  machines: MachineRow;
  machineVolumes: MachineVolumeRow;
  burntVmids: BurntVmidRow;
  addressLeases: AddressLeaseRow;
  addressConflicts: AddressConflictRow;
  imageFiles: ImageFileRow;
  imageUses: ImageUseRow;
  catalogueImages: CatalogueImageRow;
  secrets: SecretRow;
  permitProcesses: PermitProcessRow;
  permits: PermitRow;
  permitTurns: PermitTurnRow;
  bootArmings: BootArmingRow;
  bootTokens: BootTokenRow;
  orphanSightings: OrphanSightingRow;
  orphanReports: OrphanReportRow;
  orphanRemovals: OrphanRemovalRow;
  dnsRecords: DnsRecordTableRow;
  talosBootstraps: TalosBootstrapRow;
  talosConfigurations: TalosConfigurationRow;
  validations: ValidationRow;
  backups: BackupTableRow;
  backupPolicies: BackupPolicyRow;
  operationSteps: OperationStepRow;
  hostMarks: HostMark;
  hostDrains: HostDrainRow;
  removalsBegun: RemovalBegunRow;
  removals: RemovalTableRow;
  healthPolicies: HealthPolicyRow;
  healthStates: HealthStateRow;
  healthDecisions: HealthDecisionRow;
  healthActions: HealthActionRow;
  healthStorms: HealthStormRow;
  certificates: CertificatesRow;
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

export interface OperationStepRow {
  clusterUid: string;
  workflowId: string;
  position: number;
  /** JSON. */
  step: string;
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
  /** 0 or 1. */
  protected: Generated<number>;
  /** 0 for machines of before this was written down. */
  memoryMib: Generated<number>;
  createdAt: string;
  updatedAt: string;
  /** Start of the quarantine of the VMID. */
  removedAt: string | null;
}

/** A disk that a machine was made with. */
export interface MachineVolumeRow {
  machineUuid: string;
  volume: string;
  slot: string;
  recordedAt: string;
}

/** A VMID that a stranger was found to have, or that a crash left locked. */
export interface BurntVmidRow {
  vmid: number;
  burntAt: string;
  /** Whose machine was to have it; `null` for those of before this was written down. */
  clusterUid: string | null;
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

export interface ImageFileRow {
  volume: string;
  /** '' for a file of a shared storage. */
  host: string;
  url: string;
  checksum: string;
  sizeBytes: number | null;
  firstUsedAt: string;
  lastUsedAt: string;
}

export interface ImageUseRow {
  volume: string;
  host: string;
  clusterUid: string;
  lastUsedAt: string;
}

export interface CatalogueImageRow {
  name: string;
  source: string;
  checksum: string | null;
  createdAt: string;
  updatedAt: string;
}

/** An address on which a stranger answered. */
export interface AddressConflictRow {
  address: string;
  reason: string;
  foundAt: string;
  lastSeenAt: string;
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

export interface BootArmingRow {
  machineUuid: string;
  clusterUid: string;
  cluster: string;
  machine: string;
  mac: string;
  /** JSON; `null` for a machine that does not boot over the network. */
  network: string | null;
  keyId: string;
  /** JSON, sealed; Base64. */
  sealed: string;
  /** Part of what the tokens are derived from. */
  nonce: string;
  boots: number;
  armedAt: string;
}

export interface BootTokenRow {
  /** SHA-256, in hex. */
  hash: string;
  machineUuid: string;
  purpose: string;
  boundAddress: string | null;
  firstUsedAt: string | null;
}

/** A record of a cluster in somebody's DNS server, with what is needed to remove it. */
export interface DnsRecordTableRow {
  clusterUid: string;
  cluster: string;
  serverAddress: string;
  serverPort: number;
  zone: string;
  name: string;
  address: string;
  keyName: string;
  keyAlgorithm: TsigAlgorithm;
  keySecret: string;
  state: DnsRecordRow['state'];
  createdAt: string;
  updatedAt: string;
}

/** Since when something that was left behind is seen. */
export interface OrphanSightingRow {
  id: string;
  firstSeenAt: string;
  lastSeenAt: string;
}

export interface OrphanReportRow {
  id: number;
  foundAt: string;
  /** JSON. */
  report: string;
}

/** The last attempt to remove an orphan. */
export interface OrphanRemovalRow {
  id: string;
  outcome: OrphanRemoval['outcome'];
  code: string | null;
  detail: string | null;
  at: string;
}

/** A process that holds or waits for permits. */
export interface PermitProcessRow {
  id: string;
  /** When it last said that it lives; ISO 8601, UTC. */
  seenAt: string;
}

export interface PermitRow {
  /** Order of arrival. */
  seq: Generated<number>;
  id: string;
  process: string;
  owner: string;
  /** Among the owner's: the lowest goes first. */
  rank: number;
  /** JSON: the keys, and how many may hold each. */
  limits: string;
  state: 'waiting' | 'held';
  overtaken: number;
}

/** When an owner last got a key. */
export interface PermitTurnRow {
  key: string;
  owner: string;
  /** About milliseconds since the epoch, and different for each that was served. */
  turn: number;
}

/** Which machine was told to bootstrap etcd. */
export interface TalosBootstrapRow {
  clusterUid: string;
  machineUuid: string;
  givenAt: string;
}

/** The last configuration that a machine accepted. */
export interface TalosConfigurationRow {
  machineUuid: string;
  /** Hexadecimal. */
  sha256: string;
  acceptedAt: string;
}

/** A backup, of a cluster that may be gone. */
export interface BackupRow {
  id: string;
  clusterUid: string;
  cluster: string;
  destination: string;
  reason: BackupReason;
  state: BackupState;
  startedAt: string;
  endedAt: string | null;
  /** JSON; `null` until it is complete. */
  manifest: string | null;
  failure: string | null;
  /** JSON; `null` until it is drilled. */
  drill: string | null;
}

export interface BackupTableRow extends BackupRow {
  /** Order in which they were begun. */
  seq: Generated<number>;
}

/** When a cluster is backed up. */
export interface BackupPolicyRow {
  cluster: string;
  schedule: string;
  destination: string;
  /** JSON. */
  retention: string;
  updatedAt: string;
  drillSchedule: string | null;
}

export interface ValidationRow {
  id: string;
  cluster: string;
  clusterUid: string;
  number: number;
  /** JSON. */
  request: string;
  status: ValidationRecord['status'];
  detail: string | null;
  outcome: ValidationRecord['outcome'];
  /** JSON. */
  report: string | null;
  startedAt: string;
  finishedAt: string | null;
}

/** The drain of a Proxmox host. */
export interface HostDrainRow {
  host: string;
  number: number;
  status: DrainRecord['status'];
  /** JSON. */
  request: string;
  /** JSON; `null` until it is known. */
  plan: string | null;
  /** JSON; `null` until it is over. */
  outcome: string | null;
  startedAt: string;
  endedAt: string | null;
}

/** What a cluster had when its removal was begun. */
export interface RemovalBegunRow {
  clusterUid: string;
  begunAt: string;
  /** JSON. */
  belongings: string;
}

/** A certificate of removal. */
export interface RemovalRow {
  id: string;
  cluster: string;
  removedAt: string;
  /** Canonical JSON. */
  certificate: string;
  sha256: string;
}

export interface RemovalTableRow extends RemovalRow {
  /** Order in which they were issued. */
  seq: Generated<number>;
}

export interface CertificatesRow {
  clusterUid: string;
  cluster: string;
  /** JSON. */
  reading: string;
  readAt: string;
}
