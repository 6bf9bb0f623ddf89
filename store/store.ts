/** The ports of the store: what the product remembers outside of Temporal. Implemented over SQLite. */
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import type { OperationKind } from '../domain/operation-kind.js';
import type { Phase } from '../domain/phase.js';
import type { VmidRange } from '../domain/plan.js';
import type { AddressLeases } from './address-port.js';
import type { BackupPolicies, BackupRecords } from './backup-port.js';
import type { BootTokens } from './boot-port.js';
import type { CertificateReadings } from './certificate-port.js';
import type { DnsRecords } from './dns-port.js';
import type { HostRecords } from './host-port.js';
import type { HealthRecords } from './health-port.js';
import type { ImageCatalogue, ImageFiles } from './image-port.js';
import type { OrphanRecords } from './orphan-port.js';
import type { OperationSteps } from './operation-step-port.js';
import type { Permits } from './permit-port.js';
import type { RemovalRecords } from './removal-port.js';
import type { TalosRecords } from './talos-port.js';
import type { ValidationRecords } from './validation-port.js';

export type { CatalogueEntry, ImageCatalogue, ImageFile, ImageFiles, ImagePlace } from './image-port.js';
export type { DnsRecordKey, DnsRecordRow, DnsRecords, DnsServer } from './dns-port.js';
export type { KeptOrphanReport, KnownMachine, OrphanRecords } from './orphan-port.js';
export type { PermitLimit, PermitOptions, Permits, PermitUsage } from './permit-port.js';
export type { AddressConflict, AddressLease, AddressLeases, LeaseAddresses } from './address-port.js';

/** Opened once a process; several processes may share one file. */
export interface Store {
  readonly clusters: ClusterRecords;
  readonly operations: OperationLog;
  readonly operationSteps: OperationSteps;
  readonly machines: MachineLedger;
  readonly addresses: AddressLeases;
  readonly images: ImageFiles;
  readonly catalogue: ImageCatalogue;
  readonly secrets: SecretVault;
  readonly boots: BootTokens;
  readonly permits: Permits;
  readonly orphans: OrphanRecords;
  readonly dns: DnsRecords;
  readonly talos: TalosRecords;
  readonly validations: ValidationRecords;
  readonly backups: BackupRecords;
  readonly backupPolicies: BackupPolicies;
  readonly hosts: HostRecords;
  readonly removals: RemovalRecords;
  readonly health: HealthRecords;
  readonly certificates: CertificateReadings;
  close(): Promise<void>;
}

/** Last known state of each cluster: what lists show, and what is shown while no worker answers. */
export interface ClusterRecords {
  /** Inserts or replaces by `uid`. */
  put(record: ClusterRecord): Promise<void>;
  /** The newest record of that name, also when it is GONE. */
  get(name: string): Promise<ClusterRecord | undefined>;
  /** Newest record of each name, ordered by name; GONE ones only when asked for. */
  list(options: { includeGone: boolean; limit: number; after?: string }): Promise<ClusterRecord[]>;
}

export interface ClusterRecord {
  readonly uid: string;
  readonly name: string;
  readonly phase: Phase;
  readonly definition: ClusterDefinition;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly failure: string | null;
}

/** Every operation that was accepted, and the Idempotency-Key that asked for it. */
export interface OperationLog {
  /**
   * Records the operation as `requested`, or finds the one that the same key asked for before.
   * @throws `IDEMPOTENCY_KEY_REUSED` when the key came with another request.
   */
  begin(operation: NewOperation): Promise<OperationRecord>;
  /** It was started: a repeated request has nothing left to do. */
  accept(id: string): Promise<OperationRecord>;
  /** Forgets an operation that was `requested` and never started, so that its key can be used again. */
  abandon(id: string): Promise<void>;
  finish(id: string, outcome: 'succeeded' | 'failed' | 'cancelled', detail: string | null): Promise<void>;
  get(id: string): Promise<OperationRecord | undefined>;
  /** Newest first; those of one cluster only when it is given. @param options `before` is the id of the last one of the page before. */
  list(options: { cluster?: string; limit: number; before?: string }): Promise<OperationRecord[]>;
}

export interface NewOperation {
  readonly id: string;
  readonly cluster: string;
  readonly kind: OperationKind;
  readonly idempotencyKey: string | null;
  /** SHA-256 of method, path and body, in hex. */
  readonly requestHash: string;
}

export interface OperationRecord extends NewOperation {
  readonly status: 'requested' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly detail: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

/**
 * The VM ledger. A row is written before the first call to Proxmox VE, and outlives the VM.
 * `intent` -> `issued` (a task runs) -> `observed` (the VM was seen) -> `done` (configured as intended) -> `removed`.
 */
export interface MachineLedger {
  /**
   * Takes a free VMID for each machine, all or none, in one transaction. Asking again returns the same rows.
   * A VMID is free when no live row has it, none that was removed within the quarantine has it, and `avoid` lacks it.
   * @throws `VMIDS_EXHAUSTED`, `PLACEMENT_OUTDATED` when another run took the memory that this one was planned with.
   */
  reserve(request: ReserveMachines): Promise<MachineRecord[]>;
  get(uuid: string): Promise<MachineRecord | undefined>;
  /**
   * Memory in MiB, by host, of live machines that do not run: reserved or made, and not used yet.
   * @param running VMIDs of guests that were seen running.
   */
  claimedMemory(running: readonly number[]): Promise<ReadonlyMap<string, number>>;
  /** All rows of the cluster that are not `removed`, in the order in which they were reserved. */
  ofCluster(clusterUid: string): Promise<MachineRecord[]>;
  /** Names of all machines that the cluster ever had, also of those that were removed. */
  namesEver(clusterUid: string): Promise<string[]>;
  /** All rows of the cluster, also of machines that were removed, in the order in which they were reserved. */
  everOf(clusterUid: string): Promise<MachineRecord[]>;
  update(uuid: string, change: MachineChange): Promise<MachineRecord>;
  /**
   * Gives the machine another VMID because a stranger has `taken`, which is never offered again. A machine that has
   * another one by now keeps it: asking again, when the answer was lost, changes nothing.
   */
  replaceVmid(request: {
    readonly uuid: string;
    readonly taken: number;
    readonly range: VmidRange;
    readonly avoid: readonly number[];
  }): Promise<MachineRecord>;
  /** VMIDs that machines of the cluster were to have and that were given up. */
  givenUpVmids(clusterUid: string): Promise<number[]>;
  /** Disks that the machine was made with: nothing else is destroyed with it. Recording one again changes nothing. */
  recordVolumes(uuid: string, volumes: readonly MachineVolume[]): Promise<void>;
  volumesOf(uuid: string): Promise<MachineVolume[]>;
}

export interface MachineVolume {
  /** Such as `scsi0`. */
  readonly slot: string;
  /** Volume id, such as `ceph-vm:vm-100-disk-0`. */
  readonly volume: string;
}

export interface ReserveMachines {
  readonly clusterUid: string;
  readonly cluster: string;
  readonly range: VmidRange;
  readonly avoid: readonly number[];
  readonly machines: readonly {
    readonly uuid: string;
    readonly name: string;
    readonly host: string;
    readonly memoryMiB?: number;
  }[];
  /** What was free when the plan was made; without it no memory is looked at. */
  readonly capacity?: ObservedCapacity;
}

export interface ObservedCapacity {
  readonly hosts: readonly { readonly name: string; readonly memoryFreeMiB: number }[];
  /** VMIDs of the guests that ran then. */
  readonly runningVmids: readonly number[];
}

export type MachineState = 'intent' | 'issued' | 'observed' | 'done' | 'removed';

export interface MachineRecord {
  readonly uuid: string;
  readonly clusterUid: string;
  readonly cluster: string;
  readonly name: string;
  readonly vmid: number;
  /** Proxmox host on which it was last seen, or is to be made. */
  readonly host: string;
  readonly state: MachineState;
  /** The Proxmox task under way, while `issued`. */
  readonly upid: string | null;
  /** Volume id of the uploaded cloud-init medium, such as `local:iso/cw-....iso`, while it exists. */
  readonly seedVolume: string | null;
  /** SHA-256 of the SSH host key learnt at first boot, base64. */
  readonly sshHostKey: string | null;
  /** 1 when we protected the VM against removal, so that we may take the protection off; else 0. */
  readonly protected: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type MachineChange = Partial<
  Pick<MachineRecord, 'host' | 'state' | 'upid' | 'seedVolume' | 'sshHostKey' | 'protected'>
>;

/** Secrets, sealed with AES-256-GCM. Only references to them travel through Temporal. */
export interface SecretVault {
  /** Seals and keeps the value, unless the name has one already: the first value wins and is returned. */
  create(clusterUid: string, name: SecretName, value: string): Promise<string>;
  /** Seals and keeps the value, in place of an earlier one. */
  put(clusterUid: string, name: SecretName, value: string): Promise<void>;
  /** @throws `SECRET_UNREADABLE` when it was sealed with another key or altered. */
  get(clusterUid: string, name: SecretName): Promise<string | undefined>;
  /** Seals all of them, and forgets those that are `null`: all at once, or nothing. */
  replace(clusterUid: string, values: Readonly<Record<string, string | null>>): Promise<void>;
  removeCluster(clusterUid: string): Promise<void>;
  /** Names of the secrets that the cluster still has. */
  names(clusterUid: string): Promise<string[]>;
}

export type SecretName =
  | 'ssh-private-key'
  | 'ssh-public-key'
  | 'join-token'
  | 'kubeconfig'
  | 'talos-secrets'
  | 'pull-secret'
  | 'okd-install-files'
  /** Of the cluster's distribution: see `platforms/platform.ts`. */
  | (string & Record<never, never>);
