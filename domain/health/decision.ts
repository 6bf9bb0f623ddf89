/** What a look at a cluster came to. */
import type { DiagnosisName } from './diagnosis.js';

export const HEAL_ACTIONS = ['START', 'RESTART', 'REPLACE', 'ADD'] as const;
export type HealAction = (typeof HEAL_ACTIONS)[number];

/** `HEALTHY`: all is well; `WATCHING`: something is not, and nothing is done about it now; `ACT`: something is. */
export const HEALTH_OUTCOMES = ['HEALTHY', 'WATCHING', 'ACT'] as const;
export type HealthOutcome = (typeof HEALTH_OUTCOMES)[number];

/** What keeps a machine from being acted upon. */
export const HELD_BY = [
  'NOTHING_PROVED',
  'THRESHOLD',
  'LIMIT',
  'PAUSED',
  'BUSY',
  'STORM',
  'GROUP_BUDGET',
  'HOUR_BUDGET',
  'HOST_BUDGET',
  'BACKOFF',
  'GIVEN_UP',
  'NOT_REPLACEABLE',
  'TURN',
] as const;
export type HeldBy = (typeof HELD_BY)[number];

export interface HealthFinding {
  /** A machine, or a group that lacks one. */
  readonly subject: string;
  readonly group: string;
  readonly host: string | null;
  readonly diagnosis: DiagnosisName | 'MACHINE_MISSING';
  readonly why: string;
  readonly evidence: readonly string[];
  /** ISO 8601, UTC. */
  readonly since: string;
  /** What would be done, were nothing in the way; `null`: nothing. */
  readonly action: HealAction | null;
  /** `null`: it is acted upon now. */
  readonly heldBy: HeldBy | null;
  readonly reason: string;
}

export interface PlannedHeal {
  readonly action: HealAction;
  /** `null`: the group lacks one. */
  readonly machine: string | null;
  readonly group: string;
  /** Where it is; `null` for one that is to come. */
  readonly host: string | null;
  readonly reasons: readonly string[];
}

export interface HealthBudgets {
  readonly actionsThisHour: number;
  readonly maxActionsPerHour: number;
  readonly groups: readonly {
    readonly group: string;
    readonly machines: number;
    readonly unhealthy: number;
    readonly most: number;
  }[];
}

export interface HealthDecision {
  readonly outcome: HealthOutcome;
  /** Of those that are not well. */
  readonly findings: readonly HealthFinding[];
  readonly heal: PlannedHeal | null;
  readonly budgets: HealthBudgets;
  /** In one sentence. */
  readonly summary: string;
  /** What could not be seen. */
  readonly unseen: readonly string[];
}
