/** From what was seen of a cluster, and what is known of before, to what is done and remembered. */
import type { PastAction } from './budgets.js';
import { decide, type WatchedGroup } from './decide.js';
import type { HealthDecision } from './decision.js';
import { diagnose } from './diagnosis.js';
import { remember, type MachineMemory } from './memory.js';
import { longestGapSeconds, type HealthPolicy } from './policy.js';
import type { WatchedMachine } from './sight.js';
import { sightsOf, type AllSights } from './sights.js';
import { isStorm, type Troubled } from './storm.js';

/** A cluster as it is looked at. */
export interface HealthSubject {
  readonly cluster: string;
  readonly clusterUid: string;
  readonly policy: HealthPolicy;
  readonly machines: readonly (WatchedMachine & {
    /** Why no other machine can take its place; `null`: one can. */
    readonly notReplaceable: string | null;
  })[];
  readonly groups: readonly Omit<WatchedGroup, 'missingSince'>[];
  /** What else is done to the cluster; `null`: nothing. */
  readonly busy: string | null;
}

export interface KnownHealth {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly memory: HealthMemory;
  readonly actions: readonly PastAction[];
  /** Without the cluster itself. */
  readonly others: Troubled;
}

/** What one look leaves to the next. */
export interface HealthMemory {
  readonly machines: Readonly<Record<string, MachineMemory>>;
  /** Since when a group lacks a machine, in milliseconds since the epoch. */
  readonly missing: Readonly<Record<string, number>>;
  readonly seenAt: number | null;
}

export interface JudgedHealth {
  readonly decision: HealthDecision;
  readonly memory: HealthMemory;
  /** It has machines that are not well. */
  readonly troubled: boolean;
  readonly isStorm: boolean;
}

export function judgeHealth(subject: HealthSubject, sights: AllSights, known: KnownHealth): JudgedHealth {
  const { cluster, policy, busy } = subject;
  const { now } = known;
  const seen = sightsOf(subject.machines, sights);
  const machines = subject.machines.flatMap((machine) => {
    const sight = seen[machine.name];
    if (sight === undefined) return [];
    const diagnosis = diagnose(sight);
    const before = known.memory.machines[machine.name];
    const memory = remember(before, diagnosis, now, policy, busy !== null);
    const { name, group, role, notReplaceable } = machine;
    return [
      { name, group, role, notReplaceable, host: sight.host, diagnosis, evidence: sight.evidence, memory },
    ];
  });
  const missing = missingSince(subject, known);
  const troubled = machines.some(({ diagnosis }) => diagnosis.counts);
  const storm: Troubled = {
    troubled: [...known.others.troubled, ...(troubled ? [cluster] : [])].toSorted(),
    watched: known.others.watched + 1,
  };
  const decision = decide({
    ...{ now, cluster, policy, machines, busy },
    groups: subject.groups.map((group) => ({ ...group, missingSince: missing[group.name] ?? null })),
    actions: known.actions,
    troubled: storm,
    unseen: [...sights.vms.unseen, ...sights.nodes.unseen, ...sights.guests.unseen],
  });
  return {
    decision,
    memory: {
      machines: Object.fromEntries(machines.map(({ name, memory }) => [name, memory])),
      missing,
      seenAt: now,
    },
    troubled,
    isStorm: isStorm(storm),
  };
}

function missingSince(
  { groups, policy, busy }: HealthSubject,
  { now, memory }: KnownHealth,
): Record<string, number> {
  const isFresh = memory.seenAt !== null && now - memory.seenAt <= longestGapSeconds(policy) * 1_000;
  const before = isFresh && busy === null ? memory.missing : {};
  const short = groups.filter(({ wanted, present }) => present < wanted);
  return Object.fromEntries(short.map(({ name }) => [name, before[name] ?? now]));
}
