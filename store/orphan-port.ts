/** The ports of the store for what was left behind: whose it can be, and what was found and done. */
import type { OrphanRemoval, OrphanReport } from '../domain/orphans.js';
import type { Phase } from '../domain/phase.js';
import type { MachineRecord } from './store.js';

export type OrphanRecords = OrphanFacts & OrphanReports;

export interface OrphanFacts {
  /** Machines, also removed ones, that have or had one of the VMIDs; the latest first. */
  machinesWith(vmids: readonly number[]): Promise<KnownMachine[]>;
  machine(uuid: string): Promise<KnownMachine | undefined>;
  /** Machines of clusters that are GONE, and that could still fetch what they boot. */
  armings(): Promise<LeftArming[]>;
  /**
   * Begins the quarantine of a removed machine's VMID anew, so that it is given to nobody while what was left is removed.
   * A machine that is not removed holds its number anyway.
   * @returns false when another machine has the number by now.
   */
  holdVmid(uuid: string): Promise<boolean>;
}

/** A row of the ledger, and what is known of its cluster: `null` when nothing is. */
export interface KnownMachine extends MachineRecord {
  readonly removedAt: string | null;
  readonly clusterPhase: Phase | null;
  readonly clusterUpdatedAt: string | null;
}

export interface LeftArming {
  readonly machineUuid: string;
  readonly machine: string;
  readonly clusterUid: string;
  readonly cluster: string;
  /** When the cluster was gone. */
  readonly since: string;
}

export interface OrphanReports {
  /**
   * Writes down that these were seen now, by their ids. What was not seen for a day is forgotten.
   * @returns when it is now, and when each was seen first: ISO 8601, UTC.
   */
  sight(
    ids: readonly string[],
  ): Promise<{ readonly now: string; readonly firstSeen: ReadonlyMap<string, string> }>;
  /** Keeps the report, unless a later one is kept already. */
  record(report: OrphanReport): Promise<void>;
  /** Writes down what became of removals, each in place of the one before. */
  recordRemovals(removals: readonly OrphanRemoval[]): Promise<void>;
  /** The latest report; `undefined` before the first one. */
  latest(): Promise<KeptOrphanReport | undefined>;
}

export interface KeptOrphanReport {
  readonly report: OrphanReport;
  /** The last attempt to remove each orphan of the report, by id. */
  readonly removals: ReadonlyMap<string, KeptRemoval>;
}

export interface KeptRemoval extends OrphanRemoval {
  /** ISO 8601, UTC. */
  readonly at: string;
}
