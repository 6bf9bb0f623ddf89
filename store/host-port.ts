/** The port for the maintenance of Proxmox hosts: which are to be empty, and what came of emptying them. */
import type { DrainOutcome } from '../domain/hosts/drain-outcome.js';
import type { DrainPlan } from '../domain/hosts/drain-plan.js';
import type { DrainRequest } from '../domain/hosts/drain-request.js';

export interface HostRecords {
  /** Nothing more is put on the host. Marking it again changes nothing. */
  mark(host: string): Promise<void>;
  /** @returns false when it was not marked. */
  unmark(host: string): Promise<boolean>;
  /** By name. */
  marks(): Promise<HostMark[]>;
  /**
   * Writes down that the drain begins, and numbers it among those of the host. While one of this host runs, that one is
   * the answer. @throws `HOST_DRAIN_RUNNING` while another host is being drained.
   */
  beginDrain(host: string, request: DrainRequest): Promise<DrainRecord>;
  /** What it is going to do. */
  planned(host: string, number: number, plan: DrainPlan): Promise<void>;
  /** The first outcome stands. */
  endDrain(host: string, number: number, outcome: DrainOutcome): Promise<void>;
  /** The latest of the host. */
  drainOf(host: string): Promise<DrainRecord | undefined>;
  /** The one that runs, whichever host it is of. */
  runningDrain(): Promise<DrainRecord | undefined>;
}

export interface HostMark {
  readonly host: string;
  /** ISO 8601, UTC. */
  readonly markedAt: string;
}

export interface DrainRecord {
  readonly host: string;
  /** Counted from 1. */
  readonly number: number;
  readonly status: 'running' | DrainOutcome['status'];
  readonly request: DrainRequest;
  /** `null` until it is known. */
  readonly plan: DrainPlan | null;
  readonly outcome: DrainOutcome | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
}
