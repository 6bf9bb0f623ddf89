/** Since when a machine is what it is: what one look tells the next one. */
import type { Diagnosis, DiagnosisName } from './diagnosis.js';
import { longestGapSeconds, SETTLED_SECONDS, type HealthPolicy } from './policy.js';

/** Times are milliseconds since the epoch. */
export interface MachineMemory {
  readonly seenAt: number;
  readonly diagnosis: DiagnosisName;
  /** Not HEALTHY since; `null`: it is. */
  readonly unhealthySince: number | null;
  /** Since when it was seen, at each look and without a gap, in a state that allows to do something about it. */
  readonly actionableSince: number | null;
  readonly healthySince: number | null;
  /** What was done before that counts no more. */
  readonly forgivenAt: number;
}

/**
 * A look that comes late, as after a standstill of the service, begins anew: what happened meanwhile nobody knows. So does
 * one that saw nothing: unknown is not unwell.
 * @param isBusy something else is done to the cluster: what it does to machines does not count against them.
 */
export function remember(
  before: MachineMemory | undefined,
  { name, remedy }: Pick<Diagnosis, 'name' | 'remedy'>,
  now: number,
  policy: Pick<HealthPolicy, 'intervalSeconds'>,
  isBusy = false,
): MachineMemory {
  const isFresh = before !== undefined && now - before.seenAt <= longestGapSeconds(policy) * 1_000;
  const known = isFresh ? before : undefined;
  const isHealthy = name === 'HEALTHY';
  const isActionable = !isBusy && remedy !== 'NONE' && remedy !== 'WAIT';
  const healthySince = isHealthy ? (known?.healthySince ?? now) : null;
  const isSettled = healthySince !== null && now - healthySince >= SETTLED_SECONDS * 1_000;
  return {
    seenAt: now,
    diagnosis: name,
    unhealthySince: isHealthy ? null : (known?.unhealthySince ?? now),
    actionableSince: isActionable ? (known?.actionableSince ?? now) : null,
    healthySince,
    forgivenAt: isSettled ? now : (before?.forgivenAt ?? 0),
  };
}
