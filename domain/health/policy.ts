/** How a cluster is looked after. */

/** The most that is done without a person: nothing, starting and restarting machines, or replacing them as well. */
export const HEAL_LIMITS = ['OBSERVE', 'RESTART', 'REPLACE'] as const;
export type HealLimit = (typeof HEAL_LIMITS)[number];

export interface HealthPolicy {
  /** `false`: nobody looks. */
  readonly enabled: boolean;
  readonly intervalSeconds: number;
  readonly limit: HealLimit;
  /** How long a machine has to be seen unwell, without a gap, before anything is done. */
  readonly unhealthySeconds: number;
  /** More of a group than that at once, and nothing is done to the group; one machine alone is never too many. */
  readonly maxUnhealthyPercent: number;
  readonly maxActionsPerHour: number;
  /** On machines of all clusters that are on one Proxmox host. */
  readonly maxActionsPerHostPerHour: number;
  /** How long a machine may take until it is Ready. */
  readonly readySeconds: number;
  /** Until then nothing is done; ISO 8601, UTC. */
  readonly pausedUntil: string | null;
}

export const DEFAULT_HEALTH_POLICY: HealthPolicy = {
  enabled: true,
  intervalSeconds: 30,
  limit: 'REPLACE',
  unhealthySeconds: 60,
  maxUnhealthyPercent: 40,
  maxActionsPerHour: 6,
  maxActionsPerHostPerHour: 4,
  readySeconds: 300,
  pausedUntil: null,
};

/** Before a machine is acted upon for the second time, doubled for each time after that. */
export const BACKOFF_SECONDS = 300;
export const MOST_BACKOFF_SECONDS = 3_600;
/** After so many actions on one machine that did not help a person is needed. */
export const MOST_ATTEMPTS = 4;
/** A machine that was well for so long has a clean record. */
export const SETTLED_SECONDS = 1_800;
/** With at least so many clusters unwell, and this share of all that are looked after, the cause is common to them. */
export const STORM = { clusters: 3, percent: 25 } as const;

/** Between two looks that are further apart nobody knows what was. */
export function longestGapSeconds({ intervalSeconds }: Pick<HealthPolicy, 'intervalSeconds'>): number {
  return Math.max(90, 3 * intervalSeconds);
}
