/** The port for the health of clusters: how each is looked after, what was seen last, and what was decided and done. */
import type { HealthDecision } from '../domain/health/decision.js';
import type { JudgedHealth, KnownHealth } from '../domain/health/judge.js';
import type { HealthPolicy } from '../domain/health/policy.js';

/** By the names of the clusters, as a person sees them. */
export interface HealthRecords {
  /** Inserts or replaces. */
  putPolicy(cluster: string, policy: HealthPolicy): Promise<KeptHealthPolicy>;
  /** Inserts, unless there is one: a person's policy stays. @returns the one that holds. */
  createPolicy(cluster: string, policy: HealthPolicy): Promise<KeptHealthPolicy>;
  policy(cluster: string): Promise<KeptHealthPolicy | undefined>;
  /** The cluster is looked after no more. What was decided stays. */
  forget(cluster: string): Promise<void>;
  /**
   * Has `judge` decide by what is known, and keeps what it says, in one transaction: no other cluster's look comes in
   * between. Asking again with the same id returns the first answer. A decision like the one before is kept once.
   * @param look with `dryRun` nothing is kept.
   */
  judge(look: HealthLook, judge: (known: KnownHealth) => JudgedHealth): Promise<KeptDecision>;
  /** What was decided was not begun: it counts no more. */
  retract(id: string, reason: string): Promise<void>;
  /** What the last look saw; `undefined`: nobody has looked yet. */
  standing(cluster: string): Promise<HealthStanding | undefined>;
  /** The latest first. */
  decisions(query: { readonly cluster: string; readonly limit: number }): Promise<KeptDecision[]>;
  /** The one that goes on; `undefined`: there is none. */
  storm(): Promise<HealthStorm | undefined>;
}

export interface KeptHealthPolicy extends HealthPolicy {
  readonly updatedAt: string;
}

export interface HealthLook {
  /** A UUID: also that of the operation that may come of it. */
  readonly id: string;
  readonly cluster: string;
  readonly clusterUid: string;
  readonly dryRun: boolean;
}

export interface KeptDecision {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly decision: HealthDecision;
  /** Why what was decided was not begun; `null`: it was, or there was nothing to begin. */
  readonly retracted: string | null;
  /** A storm began with this look. */
  readonly stormBegan: boolean;
}

export interface HealthStanding {
  readonly checkedAt: string;
  readonly decision: HealthDecision;
}

export interface HealthStorm {
  readonly beganAt: string;
  readonly clusters: readonly string[];
}
