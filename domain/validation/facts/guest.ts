/** What a machine says of itself, read by one command over SSH. A field that it could not tell is `null`. */
import type { OfMachine } from '../verdict.js';

export interface GuestFacts {
  readonly guests: readonly OfMachine<GuestFact>[];
}

export interface GuestFact {
  /** Positive: ahead of the worker. What the round trip leaves open counts as no difference. */
  readonly clockOffsetMs: number | null;
  readonly clockSynchronised: boolean | null;
  readonly fileSystems: readonly FileSystemFact[] | null;
  readonly inodes: readonly FileSystemFact[] | null;
  /** Of the interface that has the machine's address. */
  readonly mtu: number | null;
  readonly hasDefaultRoute: boolean | null;
  readonly swaps: readonly string[] | null;
  readonly failedUnits: readonly string[] | null;
  /** Names that were looked up, and those that have no address. */
  readonly names: { readonly asked: readonly string[]; readonly unresolved: readonly string[] } | null;
  /** Such as `0.0.0.0:22`. */
  readonly listening: readonly string[] | null;
  readonly memoryAvailableShare: number | null;
  readonly loadPerCore: number | null;
  /** Share of the last minute in which some work waited, from 0 to 1. */
  readonly pressure: { readonly cpu: number; readonly io: number; readonly memory: number } | null;
  /** Of the time since boot that the host gave to others. */
  readonly stealShare: number | null;
  /** Of the periods in which pods with a limit ran. */
  readonly throttledShare: number | null;
  readonly certificates: readonly CertificateFact[] | null;
  /** The first provider of the API server's encryption; `none` when it has no configuration. */
  readonly secretsEncryption: string | null;
  readonly etcd: EtcdFact | null;
}

export interface FileSystemFact {
  readonly path: string;
  /** From 0 to 1. */
  readonly usedShare: number;
}

export interface CertificateFact {
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

export interface EtcdFact {
  readonly healthy: boolean;
  readonly hasLeader: boolean | null;
  readonly fsyncP99Ms: number | null;
  /** Of its quota, from 0 to 1. */
  readonly databaseShare: number | null;
}
