/** Rows of what is known of the health of clusters. */
import type { Generated } from 'kysely';
import type { HealAction } from '../domain/health/decision.js';

/** How a cluster is looked after. */
export interface HealthPolicyRow {
  cluster: string;
  /** JSON. */
  policy: string;
  updatedAt: string;
}

/** What the last look at a cluster saw. */
export interface HealthStateRow {
  cluster: string;
  clusterUid: string;
  checkedAt: string;
  /** 1: it has machines that are not well. */
  troubled: number;
  /** JSON. */
  memory: string;
  /** JSON. */
  decision: string;
}

export interface HealthDecisionRow {
  seq: Generated<number>;
  id: string;
  cluster: string;
  at: string;
  /** JSON. */
  decision: string;
  retracted: string | null;
  stormBegan: number;
}

/** What was begun, and counts against what may be begun. */
export interface HealthActionRow {
  id: string;
  cluster: string;
  /** A machine, or a group. */
  subject: string;
  host: string | null;
  action: HealAction;
  at: string;
}

export interface HealthStormRow {
  seq: Generated<number>;
  beganAt: string;
  endedAt: string | null;
  /** JSON. */
  clusters: string;
}
