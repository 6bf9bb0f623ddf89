/**
 * What is done about what was seen: at most one thing at a time, and only where nothing speaks against it. All that is
 * held back is named with its reason.
 */
import type { HealAction, HealthDecision, HealthFinding, HeldBy, PlannedHeal } from './decision.js';
import type { Diagnosis } from './diagnosis.js';
import { actionHolds, groupBudgets, hostHold, type PastAction } from './budgets.js';
import type { MachineMemory } from './memory.js';
import type { HealthPolicy } from './policy.js';
import type { WatchedMachine } from './sight.js';
import { isStorm, type Troubled } from './storm.js';

export interface JudgedMachine extends Pick<WatchedMachine, 'name' | 'group' | 'role'> {
  /** Where it is, as far as known. */
  readonly host: string;
  readonly diagnosis: Diagnosis;
  readonly evidence: readonly string[];
  readonly memory: MachineMemory;
  /** Why no other machine can take its place; `null`: one can. */
  readonly notReplaceable: string | null;
}

export interface WatchedGroup {
  readonly name: string;
  readonly role: WatchedMachine['role'];
  /** Machines that the definition wants. */
  readonly wanted: number;
  readonly present: number;
  /** Since when it has fewer, seen without a gap; `null`: it has not. */
  readonly missingSince: number | null;
}

export interface DecideInput {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly cluster: string;
  readonly policy: HealthPolicy;
  readonly machines: readonly JudgedMachine[];
  readonly groups: readonly WatchedGroup[];
  /** What else is done to the cluster; `null`: nothing. */
  readonly busy: string | null;
  /** Of all clusters, within the last hours. */
  readonly actions: readonly PastAction[];
  readonly troubled: Troubled;
  readonly unseen: readonly string[];
}

interface Candidate {
  readonly finding: Omit<HealthFinding, 'heldBy' | 'reason'>;
  readonly heal: PlannedHeal | null;
  readonly hold: readonly [HeldBy, string] | null;
}

export function decide(input: DecideInput): HealthDecision {
  const { policy, cluster, actions, now } = input;
  const candidates = [...machineCandidates(input), ...groupCandidates(input)].toSorted(byUrgency(input));
  const common = commonHold(input);
  let heal: PlannedHeal | null = null;
  const findings = candidates.map((candidate): HealthFinding => {
    const { finding } = candidate;
    const hold = candidate.hold ?? common ?? (heal === null ? null : turnHold(heal));
    if (hold !== null) return { ...finding, heldBy: hold[0], reason: hold[1] };
    heal = candidate.heal;
    return { ...finding, heldBy: null, reason: 'it is done now' };
  });
  const outcome = heal !== null ? 'ACT' : findings.length > 0 ? 'WATCHING' : 'HEALTHY';
  return {
    ...{ outcome, findings, heal, unseen: input.unseen },
    budgets: {
      actionsThisHour: actionHolds.thisHour(actions, now).filter((one) => one.cluster === cluster).length,
      maxActionsPerHour: policy.maxActionsPerHour,
      groups: groupBudgets(input),
    },
    summary: summaryOf(heal, findings),
  };
}

function machineCandidates(input: DecideInput): Candidate[] {
  return input.machines
    .filter(({ diagnosis }) => diagnosis.remedy !== 'NONE')
    .map((machine) => {
      const { name, group, host, diagnosis, evidence, memory } = machine;
      const attempts = actionHolds.ofMachine(input.actions, input.cluster, name, memory.forgivenAt);
      const action = actionFor(machine, attempts);
      const since = new Date(memory.unhealthySince ?? input.now).toISOString();
      const finding = { subject: name, group, host, since, evidence, action };
      return {
        finding: { ...finding, diagnosis: diagnosis.name, why: diagnosis.why },
        heal:
          action === null
            ? null
            : { action, machine: name, group, host, reasons: [diagnosis.why, ...evidence] },
        hold: machineHold(input, machine, action, attempts),
      };
    });
}

/** Restarted first, and replaced when that has not helped. */
function actionFor(
  { diagnosis, notReplaceable }: JudgedMachine,
  past: readonly PastAction[],
): HealAction | null {
  switch (diagnosis.remedy) {
    case 'NONE':
    case 'WAIT':
      return null;
    case 'REPLACE':
      return 'REPLACE';
    case 'START':
    case 'RESTART':
      return past.length > 0 && notReplaceable === null ? 'REPLACE' : diagnosis.remedy;
  }
}

function machineHold(
  input: DecideInput,
  machine: JudgedMachine,
  action: HealAction | null,
  attempts: readonly PastAction[],
): Candidate['hold'] {
  const { policy, now } = input;
  const { diagnosis, memory, notReplaceable, group, host } = machine;
  if (action === null) return ['NOTHING_PROVED', diagnosis.why];
  if (action === 'REPLACE' && notReplaceable !== null) return ['NOT_REPLACEABLE', notReplaceable];
  return (
    thresholdHold(memory.actionableSince, now, policy) ??
    limitHold(action, policy) ??
    groupHold(input, group) ??
    hostHold(input.actions, host, now, policy) ??
    actionHolds.again(attempts, now)
  );
}

/** A group that has fewer machines than it should, as after a replacement that did not come to its end. */
function groupCandidates(input: DecideInput): Candidate[] {
  const { policy, now, cluster, actions } = input;
  return input.groups
    .filter(({ wanted, present }) => present < wanted)
    .map(({ name: group, wanted, present, missingSince }) => {
      const subject = `group ${group}`;
      const why = `it has ${present} of ${wanted} machines`;
      const attempts = actionHolds.ofMachine(actions, cluster, subject, missingSince ?? now);
      const since = new Date(missingSince ?? now).toISOString();
      return {
        finding: {
          ...{ subject, group, host: null, diagnosis: 'MACHINE_MISSING' as const, why },
          ...{ evidence: [], since, action: 'ADD' as const },
        },
        heal: { action: 'ADD', machine: null, group, host: null, reasons: [why] },
        hold:
          thresholdHold(missingSince, now, policy) ??
          limitHold('ADD', policy) ??
          groupHold(input, group) ??
          actionHolds.again(attempts, now),
      };
    });
}

/** What speaks against anything at all. */
function commonHold({ policy, now, busy, troubled, actions, cluster }: DecideInput): Candidate['hold'] {
  const { pausedUntil, maxActionsPerHour } = policy;
  if (pausedUntil !== null && Date.parse(pausedUntil) > now)
    return ['PAUSED', `healing is paused until ${pausedUntil}`];
  if (busy !== null) return ['BUSY', busy];
  if (isStorm(troubled)) {
    const { length } = troubled.troubled;
    const detail = `${length} of ${troubled.watched} clusters are unwell at once: something that they share is broken`;
    return ['STORM', detail];
  }
  const spent = actionHolds.thisHour(actions, now).filter((one) => one.cluster === cluster).length;
  return spent >= maxActionsPerHour
    ? [
        'HOUR_BUDGET',
        `${spent} things were done to the cluster within an hour, and ${maxActionsPerHour} are the most`,
      ]
    : null;
}

function thresholdHold(since: number | null, now: number, policy: HealthPolicy): Candidate['hold'] {
  const seconds = since === null ? 0 : Math.floor((now - since) / 1_000);
  return seconds >= policy.unhealthySeconds
    ? null
    : ['THRESHOLD', `it was seen so for ${seconds} s, and ${policy.unhealthySeconds} s are waited for`];
}

function limitHold(action: HealAction, { limit }: HealthPolicy): Candidate['hold'] {
  const isAllowed =
    limit === 'REPLACE' || (limit === 'RESTART' && (action === 'START' || action === 'RESTART'));
  return isAllowed ? null : ['LIMIT', `the policy allows ${limit}, and this is a ${action}`];
}

function groupHold(input: DecideInput, group: string): Candidate['hold'] {
  const budget = groupBudgets(input).find((one) => one.group === group);
  if (budget === undefined || budget.unhealthy <= budget.most) return null;
  const { machines, unhealthy, most } = budget;
  return [
    'GROUP_BUDGET',
    `${unhealthy} of ${machines} machines of "${group}" are unwell, and with more than ${most} the cause is not looked for in the machines`,
  ];
}

function turnHold({ machine, group }: PlannedHeal): Candidate['hold'] {
  return ['TURN', `${machine ?? `"${group}"`} comes first: one at a time`];
}

const ACTION_RANK: Readonly<Record<HealAction, number>> = { START: 0, RESTART: 1, ADD: 2, REPLACE: 3 };

/** The control plane first, and of each what costs least. */
function byUrgency({ groups }: DecideInput) {
  const rank = ({ finding }: Candidate): number => {
    const isControlPlane = groups.find(({ name }) => name === finding.group)?.role === 'CONTROL_PLANE';
    return (finding.action === null ? 9 : ACTION_RANK[finding.action]) + (isControlPlane ? 0 : 10);
  };
  return (a: Candidate, b: Candidate): number =>
    rank(a) - rank(b) || a.finding.subject.localeCompare(b.finding.subject, 'en');
}

function summaryOf(heal: PlannedHeal | null, findings: readonly HealthFinding[]): string {
  if (heal !== null)
    return `${heal.action} ${heal.machine ?? `a machine of ${heal.group}`}: ${heal.reasons[0] ?? ''}`;
  const [first] = findings;
  if (first === undefined) return 'all machines are well';
  const more = findings.length === 1 ? '' : `, and ${findings.length - 1} more`;
  return `${first.subject} is unwell (${first.diagnosis}); nothing is done: ${first.reason}${more}`;
}
