/** How much is done at most, and how soon again. */
import type { HealthBudgets, HealAction, HeldBy } from './decision.js';
import type { Diagnosis } from './diagnosis.js';
import { BACKOFF_SECONDS, MOST_ATTEMPTS, MOST_BACKOFF_SECONDS, type HealthPolicy } from './policy.js';

export interface PastAction {
  readonly cluster: string;
  /** A machine, or a group. */
  readonly subject: string;
  readonly host: string | null;
  readonly action: HealAction;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

type Hold = readonly [HeldBy, string] | null;

const HOUR_MS = 3_600_000;

export const actionHolds = {
  thisHour: (actions: readonly PastAction[], now: number): PastAction[] =>
    actions.filter(({ at }) => at > now - HOUR_MS),

  /** Those that count against another one. */
  ofMachine: (
    actions: readonly PastAction[],
    cluster: string,
    subject: string,
    since: number,
  ): PastAction[] =>
    actions.filter((one) => one.cluster === cluster && one.subject === subject && one.at >= since),

  /** @param past of the same machine. */
  again: (past: readonly PastAction[], now: number): Hold => {
    if (past.length === 0) return null;
    if (past.length >= MOST_ATTEMPTS) {
      return ['GIVEN_UP', `${past.length} attempts have not helped: it needs a person`];
    }
    const last = Math.max(...past.map(({ at }) => at));
    const waitSeconds = Math.min(MOST_BACKOFF_SECONDS, BACKOFF_SECONDS * 2 ** (past.length - 1));
    const next = last + waitSeconds * 1_000;
    return now >= next
      ? null
      : [
          'BACKOFF',
          `it was acted upon ${past.length} times; the next time is ${new Date(next).toISOString()}`,
        ];
  },
};

export function hostHold(
  actions: readonly PastAction[],
  host: string,
  now: number,
  { maxActionsPerHostPerHour: most }: Pick<HealthPolicy, 'maxActionsPerHostPerHour'>,
): Hold {
  const spent = actionHolds.thisHour(actions, now).filter((one) => one.host === host).length;
  return spent < most
    ? null
    : [
        'HOST_BUDGET',
        `${spent} things were done to machines on ${host} within an hour, and ${most} are the most`,
      ];
}

/** One machine alone is never too many: a group of one or two could not be healed at all. */
export function groupBudgets({
  machines,
  groups,
  policy,
}: {
  readonly machines: readonly { readonly group: string; readonly diagnosis: Pick<Diagnosis, 'counts'> }[];
  /** All groups of the definition, also those of services. */
  readonly groups: readonly { readonly name: string; readonly wanted: number; readonly present: number }[];
  readonly policy: Pick<HealthPolicy, 'maxUnhealthyPercent'>;
}): HealthBudgets['groups'] {
  return groups.map(({ name: group, wanted, present }) => {
    const size = Math.max(wanted, present);
    const unwell = machines.filter((one) => one.group === group && one.diagnosis.counts).length;
    return {
      ...{ group, machines: size, unhealthy: unwell + Math.max(0, wanted - present) },
      most: Math.max(1, Math.floor((size * policy.maxUnhealthyPercent) / 100)),
    };
  });
}
